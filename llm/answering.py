"""Answer a customer's question from the knowledge, with citations, or say that it holds no answer."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import structlog

from llm.answerability import DEFAULT, MULTILINGUAL, Answerability, features
from llm.decomposition import sub_questions
from llm.errors import GeneratorError
from llm.followups import rewrite_follow_up
from llm.generators.base import Draft, DraftSentence, Generator
from llm.generators.extractive import ExtractiveGenerator
from llm.grounding import Supported, supported_sentences
from llm.guarding import related, shown_to_models
from llm.knowledge.anchors import page_name
from llm.knowledge.chunking import Chunk
from llm.knowledge.filters import EVERYTHING, Filters
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.reranking import Reranker
from llm.knowledge.retrieval import HybridRetriever, Passage
from llm.prompts.context import NOTHING_KNOWN, CustomerContext
from llm.seeking import Seeking
from llm.vague import is_vague

logger = structlog.get_logger()

PASSAGES = 5
# In a dialogue about something that articles are about: less than this, and the turn asks for no article.
_SEEKS = 0.5
# From this share of articles on that are about something with a name, any dialogue is taken to be about such.
_MOSTLY = 0.5
# Of each part of a question that is answered in several places.
_SENTENCES_OF_A_PART = 2
# What it is worth for a passage, beside its score, to be from the article that answers the part before:
# "what must I bring" belongs to what was asked first.
_SAME_ARTICLE = 0.04
# From this likeness on a question is the very one that an article says customers ask.
_AS_ASKED = 0.97
# A further section is worth a mention when it scores at least this share of the best one.
_SHARE_TO_MENTION = 0.6


@dataclass(frozen=True)
class Citation:
    """Where a part of an answer comes from.

    Attributes:
        document: the article's path in the knowledge folder; `version` is the hash of what was read.
        anchor: the heading's anchor on the article's help page.
        span: first character and one past the last in the article's Markdown.
    """

    document: str
    title: str
    heading_path: tuple[str, ...]
    anchor: str
    version: str
    span: tuple[int, int]

    @property
    def key(self) -> str:
        """The cited section as one string, for "which have I shown already"."""
        return f"{self.document}#{self.anchor}"

    @property
    def link(self) -> str:
        """Address inside the folder of help pages, such as `delivery-costs.html#ireland`."""
        return page_name(self.document) + (f"#{self.anchor}" if self.anchor else "")


@dataclass(frozen=True)
class Answer:
    """What the knowledge says to a question.

    Attributes:
        text: the answer; empty when nothing was found.
        grounded: every sentence of the text is supported by a cited passage.
        confidence: probability that the knowledge holds the answer, 0–1.
        found: whether there is an answer to send.
        question: the standalone question that was searched for.
        passages: what was considered, best first.
        generator: name of what wrote the text.
        seconds: time taken.
        prompt: version of the prompt that the text was written with; empty without one.
    """

    text: str
    citations: tuple[Citation, ...]
    grounded: bool
    confidence: float
    found: bool
    question: str
    passages: tuple[Passage, ...]
    generator: str
    seconds: float
    prompt: str = ""


@dataclass(frozen=True)
class Reading:
    """A section that a vague question may be about: `heading` to show, `question` to ask instead."""

    heading: str
    question: str
    citation: Citation
    score: float


@dataclass(frozen=True)
class _LookedUp:
    """What was found for a question or a part of one; `confidence` that it holds the answer (0–1)."""

    question: str
    passages: tuple[Passage, ...]
    confidence: float


class Answerer:
    """Answers questions from an index.

    Example:
        >>> Answerer(index).answer("and to Ireland?", ["How much is delivery?"]).text
        'Delivery to Ireland costs £9.50 and takes 4–6 working days.'

    Args:
        index: the knowledge.
        generator: writes the text, in all languages; by default, and when the generator fails, it is composed
            from the passages' own sentences.
        answerability: decides whether the knowledge holds the answer.
        passages: how many passages to consider.
        reranker: judges the best of them once more, in all languages.
    """

    def __init__(
        self,
        index: KnowledgeIndex,
        generator: Generator | None = None,
        answerability: Answerability = DEFAULT,
        passages: int = PASSAGES,
        reranker: Reranker | None = None,
    ) -> None:
        self.index = index
        self.retriever = HybridRetriever(index, reranker)
        self.extractive = ExtractiveGenerator(index)
        self.generator: Generator = generator or self.extractive
        self.answerability = answerability
        self.passages = passages
        if index.contents.subjects:
            _ = self._seeking  # learned now rather than while the first customer waits
        self._translations = {
            language: Answerer(translation, generator, MULTILINGUAL, passages, reranker)
            for language, translation in index.translations.items()
        }

    def in_language(self, language: str) -> "Answerer":
        """What answers in a language: the help centre in it, else the help centre as it is."""
        return self._translations.get(language, self)

    def answer(
        self,
        question: str,
        history: Sequence[str] = (),
        said: Sequence[str] = (),
        filters: Filters = EVERYTHING,
        context: CustomerContext = NOTHING_KNOWN,
        known: Sequence[str] = (),
    ) -> Answer:
        """Answer one question.

        Args:
            question: what the customer wrote.
            history: what the same customer wrote before, oldest first; used to understand a follow-up
                question.
            said: what both sides said before, oldest first; what was named last of the things that articles
                are about is meant.
            filters: which articles may be used.
            context: what a language model may know about the customer.
            known: what the dialogue has just found out, such as the product that is talked about; a question
                that points back means that.

        Returns:
            The answer; `found` is False and the text empty when the knowledge does not hold it.
        """
        started = time.perf_counter()
        standalone = self._alone(question, history, known)
        if not self.index.language:  # the rules of spelling are English ones
            standalone = self.index.contents.spelling.mend(standalone)
        looked_up = self._look_up(standalone, said, filters)
        passages = tuple(passage for one in looked_up for passage in one.passages)
        confidence = min(one.confidence for one in looked_up)
        if self._names_nothing(standalone, passages):
            confidence = 0.0
        supported: list[Supported] = []
        writer, draft = self.generator.name, Draft(())
        if confidence >= self.answerability.threshold and self.needs_knowledge(question, said, confidence)[1]:
            writer, draft = self._draft(looked_up, context)
            supported = supported_sentences(draft, passages, context.facts)
        seconds = time.perf_counter() - started
        logger.info(
            "knowledge.answer",
            found=bool(supported),
            confidence=round(confidence, 3),
            document=passages[0].chunk.document if passages else "",
            ms=round(seconds * 1000, 1),
        )
        return Answer(
            text=" ".join(sentence.text for sentence, _ in supported),
            citations=_citations(supported, passages),
            grounded=bool(supported),
            confidence=confidence,
            found=bool(supported),
            question=standalone,
            passages=passages,
            generator=writer,
            seconds=seconds,
            prompt=draft.prompt,
        )

    def _names_nothing(self, question: str, passages: Sequence[Passage]) -> bool:
        """Whether a question could be about anything; not if an article has it in these words."""
        if self.index.language or self.index.contents.subjects or not passages:
            return False
        return is_vague(question) and max(passage.phrase for passage in passages) < _AS_ASKED

    def other_passages(
        self, question: str, exclude: Collection[str] = (), k: int = 3, filters: Filters = EVERYTHING
    ) -> list[Citation]:
        """Further sections about a question, one per section, best first.

        Args:
            question: a standalone question.
            exclude: keys (`Citation.key`) of sections that were shown already.
            k: how many at most.
            filters: which articles may be used.
        """
        passages = self.retriever.search(question, 4 * (k + len(exclude)), filters)
        related = [p for p in passages if p.score >= _SHARE_TO_MENTION * passages[0].score]
        return [cite(p.chunk) for key, p in _sections(related).items() if key not in exclude][:k]

    def readings(self, question: str, k: int = 3, filters: Filters = EVERYTHING) -> list[Reading]:
        """The k sections that fit a question best, as alternative readings of it."""
        found: list[Reading] = []
        for passage in _sections(self.retriever.search(question, 5 * k, filters)).values():
            chunk = passage.chunk
            heading = chunk.heading_path[-1] if chunk.heading_path else chunk.title
            if all(heading.casefold() != other.heading.casefold() for other in found):
                asked = (
                    heading
                    if heading.endswith("?")
                    else f"{chunk.title}: {heading}"
                    if chunk.heading_path
                    else heading
                )
                found.append(Reading(heading, asked, cite(chunk), passage.score))
        return found[:k]

    def _look_up(self, standalone: str, said: Sequence[str], filters: Filters) -> list[_LookedUp]:
        """What is found for a question; for its parts, where each has its answer in a section of its own."""
        parts = sub_questions(standalone, self._alone)
        found: list[_LookedUp] = []
        for part in parts if len(parts) > 1 else ():
            one = self._search(part, said, filters, {each.passages[0].chunk.document for each in found})
            if one.confidence >= self.answerability.threshold:
                found.append(one)
        sections = {cite(one.passages[0].chunk).key for one in found}
        return found if len(sections) > 1 else [self._search(standalone, said, filters)]

    def _alone(self, question: str, history: Sequence[str], known: Sequence[str] = ()) -> str:
        """A question in words that need no history."""
        return rewrite_follow_up(question, history, self.index.language or "en", known)

    def _search(
        self, question: str, said: Sequence[str], filters: Filters, before: Collection[str] = ()
    ) -> _LookedUp:
        """What is found for a question; `before`: the articles that answer earlier parts of it."""
        found = self.retriever.search(question, self.passages, filters, said)
        enough = found[0].score - _SAME_ARTICLE if found else 0.0
        # The retriever's order stays: it knows more than the score, such as what a reranker said.
        first = [p for p in found if p.chunk.document in before and p.score >= enough]
        passages = (*first, *(p for p in found if p not in first))
        return _LookedUp(question, passages, self.confidence(question, passages))

    def _draft(self, looked_up: Sequence[_LookedUp], context: CustomerContext) -> tuple[str, Draft]:
        """Who wrote a draft, and the draft; its sentences name passages by their place among all of them."""
        drafts = [self._draft_one(one, context) for one in looked_up]
        if len(drafts) == 1:
            return drafts[0]
        sentences: dict[str, DraftSentence] = {}
        before = 0
        for (_, draft), one in zip(drafts, looked_up):
            for sentence in draft.sentences[:_SENTENCES_OF_A_PART]:
                sentences.setdefault(sentence.text, _moved(sentence, before))
            before += len(one.passages)
        return drafts[0][0], Draft(tuple(sentences.values()), drafts[0][1].prompt)

    def _draft_one(self, found: _LookedUp, context: CustomerContext) -> tuple[str, Draft]:
        """Whatever happens to a model, the customer gets an answer; no model is shown an instruction."""
        writer, draft = self._written(found, context)
        return writer, related(draft, found.question, self.index.encoder, context.facts)

    def _written(self, found: _LookedUp, context: CustomerContext) -> tuple[str, Draft]:
        injections = self.index.injections
        if self.generator is self.extractive or injections.is_suspect(found.question):
            return self.extractive.name, self.extractive.generate(found.question, found.passages)
        shown = shown_to_models(found.passages, injections)
        try:
            return self.generator.name, self.generator.generate(found.question, shown, context)
        except GeneratorError as error:
            logger.warning(
                "generator.failed",
                generator=self.generator.name,
                error=type(error).__name__,
                detail=str(error),
            )
            return self.extractive.name, self.extractive.generate(found.question, found.passages)

    def confidence(self, question: str, passages: Sequence[Passage]) -> float:
        """Probability (0–1) that passages hold the answer to a standalone question."""
        if not passages:
            return 0.0
        return self.answerability.probability(features(question, passages, self.index.contents))

    def needs_knowledge(self, turn: str, said: Sequence[str], confidence: float) -> tuple[float, bool]:
        """Whether a turn asks for what articles tell.

        In a dialogue about something that articles are about, there are articles on it: what counts is
        whether the turn asks, rather than orders or chats. Elsewhere a turn is a question if any passage
        answers it.

        Args:
            turn: what the customer wrote.
            said: what both sides said before, oldest first.
            confidence: that passages hold the answer.

        Returns:
            The probability of it (0–1), and the decision.
        """
        fits = confidence >= self.answerability.threshold
        if not self._is_about_something(turn, said):
            return confidence, fits
        seeks = self._seeking.probability(turn)
        return (seeks, seeks >= _SEEKS) if said else (min(seeks, confidence), seeks >= _SEEKS and fits)

    def _is_about_something(self, turn: str, said: Sequence[str]) -> bool:
        subjects = self.index.contents.subjects
        if said and subjects.share >= _MOSTLY:
            return True
        return any(subjects.named_in(text) for text in (*said, turn))

    @cached_property
    def _seeking(self) -> Seeking:
        return Seeking(self.index.encoder)


def _moved(sentence: DraftSentence, places: int) -> DraftSentence:
    return sentence if sentence.passage is None else replace(sentence, passage=sentence.passage + places)


def cite(chunk: Chunk, span: tuple[int, int] | None = None) -> Citation:
    """The citation of a chunk, or of a span in its document."""
    return Citation(
        chunk.document,
        chunk.title,
        chunk.heading_path,
        chunk.anchor,
        chunk.version,
        span or (chunk.start, chunk.end),
    )


def _citations(supported: Sequence[Supported], passages: Sequence[Passage]) -> tuple[Citation, ...]:
    """One citation per section, in the order of the text; its span covers all that was taken from there."""
    by_section: dict[str, Citation] = {}
    for sentence, index in supported:
        if index is None:
            continue
        chunk = passages[index].chunk
        known_span = sentence.start is not None and sentence.end is not None and sentence.passage == index
        citation = cite(chunk, (sentence.start, sentence.end) if known_span else None)  # type: ignore[arg-type]
        earlier = by_section.get(citation.key)
        if earlier:
            span = (min(earlier.span[0], citation.span[0]), max(earlier.span[1], citation.span[1]))
            citation = cite(chunk, span)
        by_section[citation.key] = citation
    return tuple(by_section.values())


def _sections(passages: Sequence[Passage]) -> dict[str, Passage]:
    sections: dict[str, Passage] = {}
    for passage in passages:
        sections.setdefault(cite(passage.chunk).key, passage)
    return sections
