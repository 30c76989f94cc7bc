"""From what a language model wrote to a draft: its sentences, each with the passage that it names."""

import re
import unicodedata
from collections.abc import Sequence

from llm.errors import GeneratorGarbage
from llm.generators.base import DraftSentence
from llm.knowledge.retrieval import Passage
from llm.knowledge.sentences import Sentence, split_sentences
from llm.knowledge.words import content_stems
from llm.prompts.prompt import DECLINED

# What texts stand between in a prompt: whoever writes these repeats it.
_REPEATED = re.compile(
    r"<(passage|question|example|before|customer)\b[^<>]*>.*?(?:</\1\b[^<>]*>|\Z)", re.DOTALL | re.IGNORECASE
)
_FENCE = re.compile(r"</(?:passage|question|example|before|customer)\b[^<>]*>", re.IGNORECASE)
_NUMBER = re.compile(r"\s*\[(\d+)\]")
# "It is free. [1]" is meant as "It is free [1]."
_END_THEN_NUMBERS = re.compile(r"([.!?…:])((?:\s*\[\d+\])+)")
_ENDS = (".", "!", "?", "…")
# More of such characters, as a share, than any text has.
_MAX_UNREADABLE = 0.05
# Fewer known words, as a share, than any answer to this question has, right or wrong.
_MIN_KNOWN_WORDS = 0.2


def declines(text: str) -> bool:
    """Whether a model said that the passages hold no answer."""
    return text.lstrip(" \"'*`").upper().startswith(DECLINED)


def draft_sentences(text: str, passages: int, whole: bool = True) -> tuple[DraftSentence, ...]:
    """The sentences of a text, without repetitions, and without those that repeat the prompt.

    Args:
        text: as written, with the passages' numbers in square brackets.
        passages: how many passages there were; other numbers mean nothing.
        whole: False if the writer was cut off: then an unfinished last sentence is left out.
    """
    text = _FENCE.sub("\n\n", _REPEATED.sub("\n\n", text))
    text = _END_THEN_NUMBERS.sub(r"\2\1", text).strip()
    found = _joined(split_sentences(text))
    if found and not whole and not _NUMBER.sub("", text).endswith(_ENDS):
        found.pop()
    sentences: dict[str, DraftSentence] = {}
    for sentence in found:
        numbers = [int(number) - 1 for number in _NUMBER.findall(sentence)]
        said = _ended(_NUMBER.sub("", sentence).strip())
        named = next((number for number in numbers if 0 <= number < passages), None)
        sentences.setdefault(said.casefold(), DraftSentence(said, named))
    return tuple(sentences.values())


def check_readable(
    text: str, question: str, passages: Sequence[Passage], name: str, facts: Sequence[str] = ()
) -> None:
    """Refuse what is no text, or has nothing to do with the question or any passage.

    Args:
        text: without thoughts.
        question, passages: what it is to be about.
        name: of the generator, for the error.
        facts: what else it may be about.

    Raises:
        GeneratorGarbage: so it is.
    """
    if not any(character.isalnum() for character in text):
        raise GeneratorGarbage(f"The generator {name} wrote nothing.")
    unreadable = sum(_is_unreadable(character) for character in text)
    if unreadable > _MAX_UNREADABLE * len(text):
        raise GeneratorGarbage(f"The generator {name} wrote {unreadable} unreadable characters.")
    words = content_stems(_NUMBER.sub("", text))
    source = " ".join([question, *facts, *(f"{p.chunk.context} {p.chunk.text}" for p in passages)])
    known = set(content_stems(source))
    count = sum(word in known for word in words)
    if words and count < _MIN_KNOWN_WORDS * len(words):
        raise GeneratorGarbage(
            f"The generator {name} wrote {len(words)} words, only {count} of them from question or passages."
        )


def _is_unreadable(character: str) -> bool:
    return character == "\ufffd" or (
        character not in "\n\t\r" and unicodedata.category(character) in ("Cc", "Co", "Cn", "Cs")
    )


def _joined(sentences: Sequence[Sentence]) -> list[str]:
    """Their texts; a lead-in ("We take back:") with its first item, for alone it says nothing."""
    texts: list[str] = []
    lead = ""
    for sentence in sentences:
        texts.append(f"{lead} {sentence.text}".strip())
        lead = texts.pop() if sentence.kind == "lead" else ""
    return texts


def _ended(text: str) -> str:
    return text if text.endswith(_ENDS) else text.rstrip(" ,;:") + "."
