"""Whether passages support what a draft says; a sentence that none supports is not sent."""

import re
from collections.abc import Sequence

from llm.generators.base import Draft, DraftSentence
from llm.knowledge.retrieval import Passage
from llm.knowledge.words import content_stems

# Share of a sentence's content words that its passage must hold; a generator may join and shorten, not add.
MIN_SUPPORT = 0.7
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")

# (sentence, index of the passage that supports it)
Supported = tuple[DraftSentence, int]


def supported_sentences(draft: Draft, passages: Sequence[Passage]) -> list[Supported]:
    """The sentences of a draft that a passage supports, each with that passage.

    Supported means: every number stands in the passage, and at least 70% of the content words do.
    """
    found = ((sentence, supporting_passage(sentence, passages)) for sentence in draft.sentences)
    return [(sentence, passage) for sentence, passage in found if passage is not None]


def supporting_passage(sentence: DraftSentence, passages: Sequence[Passage]) -> int | None:
    """Index of the passage that supports a sentence, the one that it names first; None if no passage does."""
    order = list(range(len(passages)))
    if sentence.passage is not None and sentence.passage in order:
        order.sort(key=lambda index: index != sentence.passage)
    return next((index for index in order if _supports(passages[index], sentence.text)), None)


def _supports(passage: Passage, text: str) -> bool:
    source = f"{passage.chunk.context} {passage.chunk.text}"
    if not set(_NUMBER.findall(text)) <= set(_NUMBER.findall(source)):
        return False
    words = content_stems(text)
    held = set(content_stems(source))
    return not words or sum(word in held for word in words) / len(words) >= MIN_SUPPORT
