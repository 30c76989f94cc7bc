"""The files of a dataset: what each holds of the things that were learned, as plain values."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import yaml

from learning.datasets.examples import example_line, safe
from learning.learned import ANSWER, ARTICLE, ERASED, INTENT, LABEL, PREFERENCE, SPREAD, STORY, Learned
from learning.review.kinds import RULE

FOLDER = "data/learned"
NLU, RULES, DOMAIN = f"{FOLDER}/nlu.yml", f"{FOLDER}/rules.yml", "domain/learned.yml"
TESTS, OVERRIDES = "tests/test_learned.yml", f"{FOLDER}/overrides.yml"
DRAFTS = f"{FOLDER}/rule_drafts.yml"
PAIRS, PROVENANCE = f"{FOLDER}/preferences.jsonl", f"{FOLDER}/provenance.jsonl"
ARTICLES = f"{FOLDER}/articles"
# Examples that nobody labelled stand apart: a designer sees them, and the intent head knows them.
SPREAD_NLU = f"{FOLDER}/spread.yml"
EXAMPLES = (NLU, SPREAD_NLU)
WRITTEN = (*EXAMPLES, RULES, DRAFTS, DOMAIN, TESTS, OVERRIDES, PAIRS, ARTICLES, PROVENANCE)
_HEAD = """# Learned from reviewed conversations; provenance.jsonl tells from which, and who accepted it.
# Written by `rapport learn write`: a line that you delete is not written again, one that you add stays.
# Comments do not stay.
"""
_DRAFTS_HEAD = """# Drafts, which Rasa does not read: move a rule into data/rules/, what it says into domain/,
# and take out the rule that said the wrong thing, or the two contradict each other. Until then overrides.yml
# gives the answer.
"""
_IS_IT_ABOUT = {"de": "Geht es um „{}“?"}


@dataclass(frozen=True)
class Unit:
    """A piece of a file that can be kept, added or taken away by itself.

    Attributes:
        file: its path in the project.
        place: where in the file it stands, such as intent and language of an example.
        value: what stands there; as YAML or JSON knows it.
    """

    file: str
    place: tuple[str, ...]
    value: Any = field(compare=False)

    @property
    def key(self) -> str:
        """The same for the same piece, also after a file was read again or a second reviewer agreed."""
        value = self.value
        if self.file == OVERRIDES:
            value = {name: told for name, told in value.items() if name not in ("by", "at")}
        return json.dumps([self.file, self.place, value], sort_keys=True, ensure_ascii=False, default=str)

    @property
    def mark(self) -> str:
        """Tells the piece again without its words."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:16]


def units_of(one: Learned) -> list[Unit]:
    """The pieces that a learned thing is written as; the first is the one that stands for it."""
    return [] if one.status == ERASED else _UNITS[one.kind](one)


def _label(one: Learned) -> list[Unit]:
    line = example_line(one.content)
    return [Unit(NLU, (one.content["intent"], one.language), line)] if line else []


def _spread(one: Learned) -> list[Unit]:
    return [Unit(SPREAD_NLU, unit.place, unit.value) for unit in _label(one)]


def _intent(one: Learned) -> list[Unit]:
    told = one.content
    name = str(told["name"])
    action = f"utter_{name}" if told["answer"] else "action_answer"
    rule: dict[str, Any] = {"rule": f"learned {name}", "steps": [{"intent": name}, {"action": action}]}
    title = safe(told["description"])
    asks = _IS_IT_ABOUT.get(one.language, "Is it about “{}”?").format(title.rstrip("?.! "))
    said: dict[str, str] = {f"utter_title_{name}": title, f"utter_confirm_{name}": asks}
    if told["answer"]:
        said[action] = safe(told["answer"])
    lines = [line for text in told["examples"] if (line := example_line({"text": text}))]
    return [
        Unit(DOMAIN, ("intents",), name),
        Unit(RULES, ("rules", rule["rule"]), rule),
        *(Unit(DOMAIN, ("responses", key), [{"text": text}]) for key, text in said.items()),
        *(Unit(NLU, (name, one.language), line) for line in dict.fromkeys(lines)),
    ]


def _answer(one: Learned) -> list[Unit]:
    entry = {
        "id": one.id,
        "question": one.content["question"],
        "answer": one.content["answer"],
        "language": one.language,
        "by": ", ".join(one.approved_by),
        "at": datetime.fromtimestamp(one.at, UTC).isoformat(timespec="seconds"),
    }
    served = Unit(OVERRIDES, ("overrides", one.id), entry)
    return [served, *_rule_draft(one)] if one.content["layer"] == RULE else [served]


def _rule_draft(one: Learned) -> list[Unit]:
    """The corrected answer as rule and response, to replace the rule that the intent has already."""
    intent = str(one.content.get("routed", ""))
    if not intent:
        return []
    action = f"utter_{intent}_{one.id[:6]}"
    draft: dict[str, Any] = {
        "rule": f"learned {intent} {one.id[:6]}",
        "steps": [{"intent": intent}, {"action": action}],
        "says": {action: [{"text": safe(one.content["answer"])}]},
        "asked": one.content["question"],
    }
    if one.content.get("response"):
        draft["instead_of"] = one.content["response"]
    return [Unit(DRAFTS, ("drafts", draft["rule"]), draft)]


def _article(one: Learned) -> list[Unit]:
    told = one.content
    slug = re.sub(r"[^a-z0-9]+", "-", told["title"].casefold()).strip("-")[:60] or "article"
    head = yaml.safe_dump({"title": told["title"], "language": one.language or "en"}, allow_unicode=True)
    asked = "\n".join(f"- {text}" for text in told["questions"])
    text = f"---\n{head}---\n\n# {told['title']}\n\n{told['text']}\n\n<!-- Customers asked:\n{asked}\n-->\n"
    return [Unit(f"{ARTICLES}/{slug}-{one.id[:6]}.md", (), text)]


def _story(one: Learned) -> list[Unit]:
    told = {"story": one.content["name"], **{k: v for k, v in one.content.items() if k != "name"}}
    return [Unit(TESTS, ("stories", told["story"]), told)]


def _preference(one: Learned) -> list[Unit]:
    return [Unit(PAIRS, (one.id,), {"id": one.id, **one.content, "language": one.language})]


_UNITS: dict[str, Callable[[Learned], list[Unit]]] = {
    LABEL: _label,
    INTENT: _intent,
    ANSWER: _answer,
    ARTICLE: _article,
    STORY: _story,
    PREFERENCE: _preference,
    SPREAD: _spread,
}


def provenance_of(one: Learned) -> dict[str, Any]:
    """Where a learned thing comes from."""
    at = datetime.fromtimestamp(one.at, UTC).isoformat(timespec="seconds")
    return {
        "id": one.id, "kind": one.kind, "item": one.item, "conversations": sorted(one.conversations),
        "approved_by": list(one.approved_by), "at": at, "model": one.model,
    }  # fmt: skip


def text_of(file: str, units: Iterable[Unit]) -> str:
    """A file's content; the same pieces give the same bytes, in whatever order they come."""
    found = sorted(units, key=lambda unit: (unit.place, unit.key))
    if file.endswith(".md"):
        return str(found[-1].value)
    if file.endswith(".jsonl"):
        return "".join(json.dumps(unit.value, ensure_ascii=False) + "\n" for unit in found)
    head = _HEAD + _DRAFTS_HEAD if file == DRAFTS else _HEAD
    return head + (_nlu_text(file, found) if file in EXAMPLES else _yaml_text(file, found))


def _nlu_text(file: str, units: Sequence[Unit]) -> str:
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for unit in units:
        groups[unit.place].append(str(unit.value))
    lines = ['version: "3.1"', "", "nlu:"]
    for (intent, language), texts in groups.items():
        lines.append(f"- intent: {intent}")
        told = [f"language: {language}"] * bool(language) + ["spread: true"] * (file == SPREAD_NLU)
        lines += [f"  metadata: {{{', '.join(told)}}}"] * bool(told)
        lines += ["  examples: |", *(f"    - {text}" for text in sorted(set(texts)))]
    return "\n".join(lines) + "\n"


def _yaml_text(file: str, units: Sequence[Unit]) -> str:
    content: dict[str, Any] = {} if file in (OVERRIDES, DRAFTS) else {"version": "3.1"}
    for unit in units:
        section = unit.place[0]
        if section == "responses":
            content.setdefault(section, {})[unit.place[1]] = unit.value
        else:
            content.setdefault(section, []).append(unit.value)
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
