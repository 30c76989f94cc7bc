"""Whether passages support what a draft says; a sentence that none supports is not sent."""

import re
from collections.abc import Sequence

from llm.generators.base import Draft, DraftSentence
from llm.knowledge.retrieval import Passage
from llm.knowledge.words import content_stems

# Share of a sentence's content words that its passage must hold; a generator may join and shorten, not add.
MIN_SUPPORT = 0.7
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")

# (sentence, index of the passage that supports it; None if it says one of the facts)
Supported = tuple[DraftSentence, int | None]


def supported_sentences(
    draft: Draft, passages: Sequence[Passage], facts: Sequence[str] = ()
) -> list[Supported]:
    """The sentences of a draft that a passage supports, each with that passage, and those that say a fact.

    Supported means: every number stands in the passage, and at least 70% of the content words do. No
    sentence may join a passage with a fact: "delivery costs £89.00" would follow from an order's total.

    Args:
        draft: what was written.
        passages: of the help centre.
        facts: sentences from our own tools; what says one of them needs no source. Facts alone are no answer
            of the help centre: then there is none.
    """
    found: list[Supported] = []
    for sentence in draft.sentences:
        passage = supporting_passage(sentence, passages)
        if passage is not None or any(supports(fact, sentence.text) for fact in facts):
            found.append((sentence, passage))
    return found if any(passage is not None for _, passage in found) else []


def supporting_passage(sentence: DraftSentence, passages: Sequence[Passage]) -> int | None:
    """Index of the passage that supports a sentence, the one that it names first; None if no passage does."""
    order = list(range(len(passages)))
    if sentence.passage is not None and sentence.passage in order:
        order.sort(key=lambda index: index != sentence.passage)
    return next((index for index in order if _passage_supports(passages[index], sentence.text)), None)


def supports(source: str, text: str) -> bool:
    """Whether a source holds every number of a text, and at least 70% of its content words."""
    if not set(_NUMBER.findall(text)) <= set(_NUMBER.findall(source)):
        return False
    words = content_stems(text)
    held = set(content_stems(source))
    return not words or sum(word in held for word in words) / len(words) >= MIN_SUPPORT


def _passage_supports(passage: Passage, text: str) -> bool:
    return supports(f"{passage.chunk.context} {passage.chunk.text}", text)
