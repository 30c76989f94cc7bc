"""What a language model is shown, and what of a draft has to do with the question."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from llm.generators.base import Draft
from llm.grounding import supports
from llm.injections import SUSPECT, Injections
from llm.knowledge.retrieval import Passage
from llm.knowledge.terms import Encoder
from llm.support.signs import read

# A sentence that is less like the question than this (cosine), and less like what is said before it than
# that, is about something else: what a hidden instruction wanted to be said.
_LIKE_THE_QUESTION, _LIKE_WHAT_WAS_SAID = 0.15, 0.3


def shown_to_models(passages: Sequence[Passage], injections: Injections) -> list[Passage]:
    """Passages without their sentences, titles and headings that may be instructions; their places stay.

    Args:
        passages: what was found; the passages' own sentences are quoted from these, whole.
        injections: tells instructions.
    """
    texts = [text for passage in passages for text in _texts(passage)]
    suspect = {text for text, one in zip(texts, injections.probabilities(texts)) if one >= SUSPECT}
    return [_without(passage, suspect) for passage in passages] if suspect else list(passages)


def related(draft: Draft, question: str, encoder: Encoder, facts: Sequence[str] = ()) -> Draft:
    """A draft without sentences that have nothing to do with the question, nor with those before them.

    Args:
        draft: what was written.
        question: what was asked.
        encoder: turns sentences into vectors.
        facts: sentences from our own tools; what says one of them may stand anywhere.
    """
    if not draft.sentences:
        return draft
    vectors = encoder.encode([question, *(sentence.text for sentence in draft.sentences)])
    kept: list[int] = []
    for place, vector in enumerate(vectors[1:], 1):
        # "It takes four days" is about what was said before, whatever its vector.
        if any(supports(fact, draft.sentences[place - 1].text) for fact in facts):
            kept.append(place)
            continue
        if kept and read(draft.sentences[place - 1].text).points_back:
            kept.append(place)
            continue
        said = max((float(vectors[other] @ vector) for other in kept), default=-1.0)
        if float(vectors[0] @ vector) >= _LIKE_THE_QUESTION or said >= _LIKE_WHAT_WAS_SAID:
            kept.append(place)
    return replace(draft, sentences=tuple(draft.sentences[place - 1] for place in kept))


def _texts(passage: Passage) -> list[str]:
    chunk = passage.chunk
    return [chunk.title, *chunk.heading_path, *(sentence.text for sentence in chunk.sentences)]


def _without(passage: Passage, suspect: AbstractSet[str]) -> Passage:
    if not suspect & set(_texts(passage)):
        return passage
    chunk = passage.chunk
    kept = [place for place, sentence in enumerate(chunk.sentences) if sentence.text not in suspect]
    shown = replace(
        chunk,
        title="" if chunk.title in suspect else chunk.title,
        heading_path=tuple(heading for heading in chunk.heading_path if heading not in suspect),
        sentences=tuple(chunk.sentences[place] for place in kept),
    )
    vectors = None if passage.sentences is None else passage.sentences[kept]
    return replace(passage, chunk=shown, sentences=vectors)
