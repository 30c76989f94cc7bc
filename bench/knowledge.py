r"""How well the knowledge answers: retrieval, answers, false answers and speed, on `knowledge_questions.yml`.

    python bench/knowledge.py                  # the test questions
    python bench/knowledge.py --split dev --show   # the dev questions, with what went wrong
    python bench/knowledge.py --fit            # refit "is it answerable?" on the dev questions
    python bench/knowledge.py --language de --model universal-sentence-encoder-multilingual \
        --questions bench/knowledge_questions_de.yml --split dev

The last line is one JSON object.
"""

import argparse
import json
import logging
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from llm.answerability import DEFAULT, FEATURES, MULTILINGUAL, Answerability, features, fit  # noqa: E402
from llm.answering import Answer, Answerer  # noqa: E402
from llm.encoder import DEFAULT_MODEL, WordEncoder, load_encoder, load_writer  # noqa: E402
from llm.knowledge.index import KnowledgeIndex  # noqa: E402
from llm.knowledge.retrieval import HybridRetriever, Passage  # noqa: E402

SEARCHED = 20
# Questions about this knowledge/ that need two sections of it; a fact may be worded in several ways: "a|b".
TWO_ARTICLES = ROOT / "bench" / "two_articles.yml"
# How much each kind of row counts in the fit: a question; one whose article was left out; one that nobody can
# answer; what asks nothing.
_WEIGHTS = {"asked": 1.0, "left out": 0.35, "unanswerable": 2.0, "smalltalk": 1.0}
# A row of the fit: its features, whether the right answer would be sent, its kind.
_Row = tuple[np.ndarray, bool, str]


@dataclass(frozen=True)
class Asked:
    """A question with where its answer stands, and what was found and said."""

    question: dict[str, str]
    rank: int
    answer: Answer

    @property
    def is_right(self) -> bool:
        """Whether the answer holds what it should, whatever dashes and spaces it is written with."""
        return self.answer.found and _plain(self.question["answer_contains"]) in _plain(self.answer.text)


def main() -> None:
    """Measure one split, or fit the decision."""
    arguments = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    questions = yaml.safe_load(arguments.questions.read_text(encoding="utf-8"))
    language = arguments.language
    cache = ROOT / "var" / "encoder"
    encoder = load_encoder(arguments.model, cache)
    writer = load_writer(arguments.model, cache, arguments.articles)
    decision = MULTILINGUAL if language else DEFAULT
    folder = ROOT / "var" / "bench" / f"knowledge{language}"
    with KnowledgeIndex(folder, encoder, language, writer=writer) as index:
        index.update(arguments.knowledge)
        if arguments.fit:
            print(_fitted(index, questions))
            return
        answerer = Answerer(index, answerability=decision)
        asked = _ask_all(answerer, encoder, questions[arguments.split])
        unknown = [answerer.answer(text) for text in questions["unanswerable"][arguments.split]]
        followed = [
            _is_followed(answerer, q) for q in questions.get("follow_ups", {}).get(arguments.split, [])
        ]
        in_two = [] if language else _in_two_articles(answerer, arguments.split)
        chatted = [answerer.answer(text) for text in questions["smalltalk"][arguments.split]]
    if arguments.show:
        _show(asked, [*unknown, *chatted])
    figures = _figures(arguments.split, asked, unknown, chatted, len(index.contents.chunks))
    figures |= {"two_articles": _share(in_two)} if in_two else {}
    _print(figures | ({"follow_ups": _share(followed)} if followed else {}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--split", choices=("dev", "test"), default="test", help="which questions (tune on dev only)"
    )
    parser.add_argument("--show", action="store_true", help="print every question that went wrong")
    parser.add_argument("--fit", action="store_true", help="print Answerability fitted on the dev questions")
    parser.add_argument("--knowledge", type=Path, default=ROOT / "knowledge")
    parser.add_argument("--questions", type=Path, default=ROOT / "bench" / "knowledge_questions.yml")
    parser.add_argument("--language", default="", help="`language` of the articles, as de; with --model")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="the encoder")
    parser.add_argument("--articles", default="int8", help="precision of the articles' vectors: fp32, int8")
    return parser.parse_args()


def _ask_all(answerer: Answerer, encoder: WordEncoder, questions: list[dict[str, str]]) -> list[Asked]:
    answerer.answer("warm up the encoder")
    asked = []
    for question in questions:
        passages = answerer.retriever.search(question["question"], SEARCHED)
        rank = next((i for i, p in enumerate(passages) if _is_gold(p, question)), SEARCHED)
        encoder.forget()  # the answer is timed as a first one
        asked.append(Asked(question, rank, answerer.answer(question["question"])))
    return asked


def _in_two_articles(answerer: Answerer, split: str) -> list[bool]:
    """For each question that needs two sections: does the answer hold what stands in each?"""
    questions = yaml.safe_load(TWO_ARTICLES.read_text(encoding="utf-8"))[split]
    texts = [_plain(answerer.answer(question["question"]).text) for question in questions]
    return [
        all(any(_plain(way) in text for way in fact.split("|")) for fact in question["facts"])
        for question, text in zip(questions, texts)
    ]


def _is_followed(answerer: Answerer, question: dict[str, str]) -> bool:
    """Whether a question that leans on the one before is answered as it is meant."""
    answer = answerer.answer(question["question"], [question["before"]])
    return _plain(question["answer_contains"]) in _plain(answer.text)


def _is_gold(passage: Passage, question: dict[str, str]) -> bool:
    chunk = passage.chunk
    path = (chunk.title, *chunk.heading_path)
    return chunk.document == question["document"] and question["heading"] in path


def _figures(
    split: str, asked: list[Asked], unknown: list[Answer], chatted: list[Answer], chunks: int
) -> dict[str, Any]:
    found = [a for a in asked if a.answer.found]
    milliseconds = [a.answer.seconds * 1000 for a in asked]
    return {
        "split": split,
        "questions": len(asked),
        "unanswerable": len(unknown),
        "chunks": chunks,
        "hit_at_1": _share(a.rank < 1 for a in asked),
        "hit_at_3": _share(a.rank < 3 for a in asked),
        "found": _share(a.answer.found for a in asked),
        "answer_contains": _share(a.is_right for a in asked),
        "answer_contains_when_found": _share(a.is_right for a in found),
        "false_answers": _share(a.found for a in unknown),
        "smalltalk_answered": _share(a.found for a in chatted),
        "ms_p50": round(statistics.median(milliseconds), 1),
        "ms_max": round(max(milliseconds), 1),
    }


def _fitted(index: KnowledgeIndex, questions: dict[str, Any]) -> str:
    """Fit on dev what tells right answers from wrong ones, and from what no answer is right for.

    Each question also counts without its own article, as one that cannot be answered.
    """
    retriever = HybridRetriever(index)
    always = Answerer(index, answerability=Answerability((0.0,) * len(FEATURES), 0.0, 0.0))
    rows: list[_Row] = []

    def add(text: str, passages: list[Passage], right: bool, kind: str) -> None:
        rows.append((features(text, passages, index.contents), right, kind))

    for question in questions["dev"]:
        text = question["question"]
        passages = retriever.search(text, SEARCHED)
        add(text, passages, Asked(question, 0, always.answer(text)).is_right, "asked")
        add(text, [p for p in passages if p.chunk.document != question["document"]], False, "left out")
    for kind in ("unanswerable", "smalltalk"):
        for text in questions[kind]["dev"]:
            add(text, retriever.search(text, SEARCHED), False, kind)
    model = _fit(rows)
    return f"{dict(zip(FEATURES, model.weights))}\n{model}\n{_trade_offs(rows)}"


def _fit(rows: list[_Row]) -> Answerability:
    values = np.stack([row for row, _, _ in rows])
    return fit(values, [right for _, right, _ in rows], [_WEIGHTS[kind] for _, _, kind in rows])


def _trade_offs(rows: list[_Row]) -> str:
    """What each threshold would do, each tenth of the questions judged by a fit on the other nine."""
    folds = np.random.default_rng(0).permutation(len(rows)) % 10
    probabilities = np.zeros(len(rows))
    for fold in range(10):
        model = _fit([row for row, place in zip(rows, folds) if place != fold])
        for i in np.flatnonzero(folds == fold):
            probabilities[i] = model.probability(rows[i][0])
    right = np.array([known for _, known, _ in rows])
    of_kind = {name: np.array([kind == name for _, _, kind in rows]) for name in _WEIGHTS}
    lines = ["threshold  found  right when found  false (unanswerable)  false (smalltalk)"]
    for t in np.arange(0.2, 0.61, 0.02):
        sent = probabilities >= t
        found, false, chatted = (sent[of_kind[n]].mean() for n in ("asked", "unanswerable", "smalltalk"))
        when_found = right[of_kind["asked"] & sent].mean()
        lines.append(f"{t:9.2f}  {found:5.2f}  {when_found:16.2f}  {false:20.2f}  {chatted:17.2f}")
    return "\n".join(lines)


def _show(asked: list[Asked], unknown: list[Answer]) -> None:
    for a in asked:
        if not a.is_right:
            print(
                f"{a.question['question']}\n  wanted {a.question['answer_contains']!r} "
                f"in {a.question['heading']!r}, rank {a.rank}"
            )
            print(f"  said ({a.answer.confidence:.2f}) {a.answer.text or 'nothing'}")
    for answer in unknown:
        if answer.found:
            print(f"unanswerable: {answer.question}\n  said ({answer.confidence:.2f}) {answer.text}")


def _print(figures: dict[str, Any]) -> None:
    for name, value in figures.items():
        print(f"{name:<28} {value}")
    print(json.dumps(figures))


def _share(hits: Any) -> float:
    values = list(hits)
    return round(sum(values) / len(values), 3) if values else 0.0


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("–", "-").replace("’", "'").replace("**", "").split())


if __name__ == "__main__":
    main()
