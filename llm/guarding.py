"""What a language model is shown: no text that may tell it what to do."""

from collections.abc import Sequence
from dataclasses import replace

from llm.injections import SUSPECT, Injections
from llm.knowledge.retrieval import Passage


def shown_to_models(passages: Sequence[Passage], injections: Injections) -> list[Passage]:
    """Passages without their sentences that may be instructions; their places in the list stay.

    Args:
        passages: what was found; the passages' own sentences are quoted from these, whole.
        injections: tells instructions.
    """
    texts = [[sentence.text for sentence in passage.chunk.sentences] for passage in passages]
    suspicions = iter(injections.probabilities([text for of_passage in texts for text in of_passage]))
    return [
        _without(passage, [next(suspicions) >= SUSPECT for _ in passage.chunk.sentences])
        for passage in passages
    ]


def _without(passage: Passage, suspect: Sequence[bool]) -> Passage:
    if not any(suspect):
        return passage
    kept = [place for place, is_suspect in enumerate(suspect) if not is_suspect]
    chunk = replace(passage.chunk, sentences=tuple(passage.chunk.sentences[place] for place in kept))
    vectors = None if passage.sentences is None else passage.sentences[kept]
    return replace(passage, chunk=chunk, sentences=vectors)
