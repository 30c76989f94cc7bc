"""Passages and questions for measuring retrieval: JSON lines, or two public sets as they come.

A corpus is one JSON object a line, `{"id": …, "text": …, "title": …}` (the title may be missing). Questions
are `{"id": …, "text": …, "gold": [ids of passages that answer it]}`; an empty list says that nothing does.
`answer` may hold an answer as somebody wrote it. Instead of `text`, `turns` holds a dialogue, `[{"speaker":
"user", "text": …}, …]` or its texts alone; its last one is what is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rapport.errors import RapportError

CORPUS, QUERIES = "corpus.jsonl", "queries.jsonl"
# Names of the list of right passages.
GOLD = ("gold", "gold_ids", "gold ids")
# Who speaks in a dialogue, as the sets write it; everybody else is the assistant.
CUSTOMERS = frozenset({"u", "user", "customer"})


class RetrievalDataError(RapportError):
    """A file cannot be used; the message says which, where and why."""


@dataclass(frozen=True)
class Passage:
    """One thing to find."""

    id: str
    text: str
    title: str = ""


@dataclass(frozen=True)
class Query:
    """What is asked.

    Attributes:
        text: the last thing the customer said; `history` is what they said before, oldest first, and `said`
            what both sides did.
        gold: the ids of the passages that answer it; none if nothing does.
        reference: an answer as somebody wrote it, for measuring answers; may be empty.
    """

    id: str
    text: str
    gold: frozenset[str]
    history: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    reference: str = ""


def read_corpus(file: Path) -> list[Passage]:
    """Reads passages from JSON lines.

    Raises:
        RetrievalDataError: the file is missing, a line is broken, or an id comes twice.
    """
    passages = [
        Passage(_text(row, "id", where), _text(row, "text", where), str(row.get("title") or ""))
        for where, row in _lines(file)
    ]
    if len({passage.id for passage in passages}) < len(passages):
        raise RetrievalDataError(f"{file}: an id comes twice; every passage needs one of its own.")
    if not passages:
        raise RetrievalDataError(f"{file} holds no passages.")
    return passages


def read_queries(file: Path, passages: list[Passage]) -> list[Query]:
    """Reads questions from JSON lines.

    Raises:
        RetrievalDataError: the file is missing, a line is broken, or names a passage that is not there.
    """
    known = {passage.id for passage in passages}
    queries = []
    for where, row in _lines(file):
        gold = next((row[name] for name in GOLD if name in row), None)
        if not isinstance(gold, list):
            raise RetrievalDataError(
                f"{where}: `gold` is to be a list of passage ids, empty if none answers."
            )
        missing = sorted({str(one) for one in gold} - known)
        if missing:
            raise RetrievalDataError(f"{where}: there is no passage {missing[0]!r} in the corpus.")
        query = _query(_text(row, "id", where), _turns(row, where), gold, where)
        queries.append(replace(query, reference=_reference(row)))
    if not queries:
        raise RetrievalDataError(f"{file} holds no questions.")
    return queries


def read_folder(folder: Path) -> tuple[list[Passage], list[Query]]:
    """Reads a folder: `corpus.jsonl` and `queries.jsonl`, DSTC11's track 5, or StackFAQ.

    Raises:
        RetrievalDataError: the folder holds none of them, or a file of it is broken.
    """
    if (folder / CORPUS).is_file():
        passages = read_corpus(folder / CORPUS)
        return passages, read_queries(folder / QUERIES, passages)
    if (folder / "knowledge.json").is_file():
        return _dstc11(folder)
    faqs = sorted(folder.glob("*FAQ*.json"))
    if faqs:
        return _stackfaq(faqs[0])
    raise RetrievalDataError(
        f"{folder} holds neither {CORPUS} and {QUERIES}, nor knowledge.json with logs.json and labels.json, "
        "nor a …FAQ….json: see `rapport bench retrieval --help`."
    )


def _dstc11(folder: Path) -> tuple[list[Passage], list[Query]]:
    """Each question with its answer, each sentence of a review is a passage; title: whom it is about."""
    knowledge, logs, labels = (_json(folder / f"{name}.json") for name in ("knowledge", "logs", "labels"))
    try:
        passages = list(_snippets(knowledge))
        queries = []
        for number, (turns, label) in enumerate(zip(logs, labels, strict=True)):
            said = [(turn["speaker"].lower() in CUSTOMERS, str(turn["text"])) for turn in turns]
            gold = [_snippet_id(**one) for one in label.get("knowledge", ())] if label["target"] else []
            queries.append(_query(str(number), said, gold, f"{folder}, dialogue {number}"))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RetrievalDataError(f"{folder} is not what DSTC11 track 5 looks like: {error!r}") from error
    return passages, queries


def _snippets(knowledge: dict[str, Any]) -> Iterator[Passage]:
    for domain, entities in knowledge.items():
        for entity_id, entity in entities.items():
            name = str(entity["name"]).title()
            for number, faq in entity.get("faqs", {}).items():
                text = f"{faq['question']} {faq['answer']}"
                yield Passage(_snippet_id(domain, entity_id, "faq", number), text, name)
            for number, review in entity.get("reviews", {}).items():
                for place, sentence in review["sentences"].items():
                    yield Passage(_snippet_id(domain, entity_id, "review", number, place), sentence, name)


def _snippet_id(domain: str, entity_id: object, doc_type: str, doc_id: object, sent_id: object = "") -> str:
    return "/".join(str(part) for part in (domain, entity_id, doc_type, doc_id, sent_id) if part != "")


def _stackfaq(file: Path) -> tuple[list[Passage], list[Query]]:
    """A question and its answers are a passage; its rephrasings ask for it."""
    try:
        groups = [pair for group in _json(file).values() for pair in group["qapair"]]
        passages = [
            Passage(str(place), "\n\n".join(map(str, one["answer"])), str(one["question"]))
            for place, one in enumerate(groups)
        ]
        queries = [
            Query(f"{place}/{number}", str(text), frozenset({str(place)}))
            for place, one in enumerate(groups)
            for number, text in enumerate(one["rephr"])
            if len(str(text)) > 1  # a lone "*" parts them
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise RetrievalDataError(f"{file} is not what StackFAQ looks like: {error!r}") from error
    return passages, queries


def _query(name: str, turns: list[tuple[bool, str]], gold: list[Any], where: str) -> Query:
    """A question from turns (did the customer speak, and what): the customer's last one is what is asked."""
    asked = max((place for place, (is_customer, _) in enumerate(turns) if is_customer), default=None)
    if asked is None:
        raise RetrievalDataError(f"{where}: nobody asks anything in `turns` (speaker: user).")
    before = turns[:asked]
    history = tuple(text for is_customer, text in before if is_customer)
    said = tuple(text for _, text in before)
    return Query(name, turns[asked][1], frozenset(map(str, gold)), history, said)


def _turns(row: dict[str, Any], where: str) -> list[tuple[bool, str]]:
    """What was said, oldest first, each with whether the customer said it."""
    if "turns" not in row:
        return [(True, _text(row, "text", where))]
    return [
        (str(turn.get("speaker", "user")).lower() in CUSTOMERS, str(turn["text"]))
        if isinstance(turn, dict)
        else (True, str(turn))
        for turn in row["turns"]
    ]


def _text(row: dict[str, Any], name: str, where: str) -> str:
    value = row.get(name)
    if value is None or not str(value).strip():
        raise RetrievalDataError(f"{where}: `{name}` is missing or empty.")
    return str(value)


def _reference(row: dict[str, Any]) -> str:
    """The written answer; the first of several."""
    value = row.get("answer") or row.get("reference") or ""
    return str(value[0] if isinstance(value, list) and value else value)


def _lines(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RetrievalDataError(f"{file} cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise RetrievalDataError(f"{file}:{number} is no JSON: {error}") from error
            if not isinstance(row, dict):
                raise RetrievalDataError(f"{file}:{number} is no JSON object.")
            yield f"{file}:{number}", row


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise RetrievalDataError(f"{file} cannot be read: {error}") from error
