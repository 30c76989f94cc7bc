from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.week.customers import Customer, customers, read_wants
from bench.week.cycle import on_label, on_new
from bench.week.project import environment, make_project
from bench.week.reviewer import Reviewer, plain
from bench.week.talking import by_kind, judged, talk
from learning.learned import ARTICLE, INTENT, LABEL
from learning.review.item import Item
from learning.review.verdicts import ACCEPT, CHANGE, REJECT
from learning.turn import Turn
from rapport.example_checks import examples_of
from rapport.example_checks import plain as shown

WANTS = read_wants()
NEW = next(want for want in WANTS if want.is_new)
KNOWN = next(want for want in WANTS if not want.is_new)


def test_nobody_of_the_week_is_held_out_and_nothing_is_an_example_of_the_shop() -> None:
    week = {plain(text) for want in WANTS for text in want.week}
    held_out = {plain(text) for want in WANTS for text in want.held_out}
    shop = {shown(example.text) for example in examples_of([Path("data")])}
    assert not week & held_out
    assert not {shown(text) for text in week | held_out} & shop


def test_the_shop_lacks_the_new_wants_and_each_has_customers_enough() -> None:
    intents = {example.intent for example in examples_of([Path("data")])}
    for want in WANTS:
        assert (want.intent not in intents) == want.is_new, want.intent
        if want.is_new:
            assert len(want.week) + len(want.held_out) >= 25


def test_customers_come_in_the_same_order_each_time() -> None:
    assert customers(WANTS, False) == customers(WANTS, False)
    assert customers(WANTS, False) != customers(WANTS, False, seed=1)


class Scripted:
    """An assistant that understands every message as one intent, and remembers what was said."""

    def __init__(self, intent: str, routed: str, *responses: str) -> None:
        self.answer = (intent, routed, responses)
        self.heard: list[str] = []

    def __call__(self, sender: str, texts: Sequence[str]) -> list[dict[str, Any]]:
        self.heard += texts
        intent, routed, responses = self.answer
        events: list[dict[str, Any]] = []
        for text in self.heard:
            name = intent if text == "yes" else routed
            parsed = {"intent": {"name": name}, "route": {"intent": intent, "band": "do"}}
            events.append({"event": "user", "text": text, "parse_data": parsed})
            events += [{"event": "bot", "metadata": {"utter_action": response}} for response in responses]
        return events


def test_who_is_not_given_what_they_want_objects() -> None:
    someone = Customer("c", NEW, "hello", "my want", "no, not that")
    lost = Scripted("ask_shops", "ask_shops", "utter_answer")
    outcome = talk(lost, someone)
    assert lost.heard == ["hello", "my want", "no, not that"]
    assert (outcome.understood, outcome.answered, outcome.taken_for) == (False, False, "ask_shops")


def test_who_is_asked_rightly_says_yes() -> None:
    someone = Customer("c", NEW, "", "my want", "no, not that")
    asking = Scripted(NEW.intent, "nlu_confirm", f"utter_{NEW.intent}")
    outcome = talk(asking, someone)
    assert asking.heard == ["my want", "yes"]
    assert outcome.understood and outcome.answered


@pytest.mark.parametrize(
    ("turn", "understood", "fell_back", "answered"),
    [
        (Turn("t", "c", 1, 0.0, intent=KNOWN.intent, routed=KNOWN.intent), True, False, True),
        (Turn("t", "c", 1, 0.0, intent=KNOWN.intent, routed="nlu_fallback"), False, True, False),
        (Turn("t", "c", 1, 0.0, intent=KNOWN.intent, routed="nlu_confirm"), True, False, False),
        (
            Turn("t", "c", 1, 0.0, intent=KNOWN.intent, routed=KNOWN.intent, responses=("utter_dont_know",)),
            True, True, False,
        ),
        (Turn("t", "c", 1, 0.0, intent="greet", routed="greet"), False, False, False),
    ],
)  # fmt: skip
def test_an_ordinary_want_is_judged_by_what_was_acted_on(
    turn: Turn, understood: bool, fell_back: bool, answered: bool
) -> None:
    outcome = judged(Customer("c", KNOWN, "", "m", ""), turn, turn)
    assert (outcome.understood, outcome.fell_back, outcome.answered) == (understood, fell_back, answered)
    assert by_kind([outcome])["ordinary"]["answered"] == float(answered)


def test_the_reviewer_knows_the_week_alone_and_is_wrong_as_often_as_told() -> None:
    reviewer = Reviewer(WANTS, wrong=0.5)
    labels = {text: reviewer.label(text) for want in WANTS for text in want.week}
    right = sum(labels[text] == want.intent for want in WANTS for text in want.week)
    assert right == len(labels) - len(reviewer.mistakes)
    assert 0.3 < right / len(labels) < 0.7
    assert reviewer.label(NEW.held_out[0]) is None


def test_a_cluster_is_a_new_want_if_most_of_it_is_one_that_the_shop_lacks() -> None:
    reviewer = Reviewer(WANTS)
    assert reviewer.new_intent([*NEW.week[:3], KNOWN.week[0]]) == NEW
    assert reviewer.new_intent([*KNOWN.week, NEW.week[0]]) is None
    assert reviewer.new_intent(["hello"]) is None


def test_the_reviewer_makes_an_intent_of_what_the_shop_lacks_and_rejects_the_rest() -> None:
    texts = [*NEW.week[:3], KNOWN.week[0]]
    item = Item("i", ARTICLE, "open", 8, texts[0], "en", {"title": "List", "text": "", "questions": texts})
    verdict = on_new(item, Reviewer(WANTS), {KNOWN.intent})
    assert verdict.value is not None
    assert (verdict.verdict, verdict.value["kind"], verdict.value["name"]) == (CHANGE, INTENT, NEW.intent)
    assert verdict.value["examples"] == list(NEW.week[:3])
    assert on_new(item, Reviewer(WANTS), {NEW.intent}).verdict == REJECT


def test_the_reviewer_accepts_a_right_label_and_changes_a_wrong_one() -> None:
    def verdict(intent: str, text: str = KNOWN.week[0]) -> str:
        item = Item("i", LABEL, "open", 8, text, "en", {"text": text, "intent": intent})
        return on_label(item, Reviewer(WANTS, wrong=0.0), {KNOWN.intent}).verdict

    assert (verdict(KNOWN.intent), verdict("greet")) == (ACCEPT, CHANGE)
    assert verdict("greet", "nobody of the week said this") == REJECT


def test_the_demonstrations_project_leads_nowhere_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    for name in ("domain", "components", "models"):
        (root / name).mkdir(parents=True)
    (root / "rapport.yml").write_text("shop: {database_url: 'postgresql://shop'}\nserver: {rasa_port: 1}\n")
    (root / "endpoints.yml").write_text("tracker_store: {type: sql, dialect: postgresql, url: db.example}\n")
    (root / "var/learn-demo/models").mkdir(parents=True)
    (root / "var/learn-demo/old").write_text("from the last run")
    project = make_project(root, root / "models")
    settings = yaml.safe_load((project / "rapport.yml").read_text())
    assert settings["shop"]["database_url"] == "sqlite:///var/shop.db"
    assert settings["server"] == {"rasa_port": 1, "models_folder": "models"}
    store = yaml.safe_load((project / "endpoints.yml").read_text())["tracker_store"]
    assert store == {"type": "sql", "dialect": "sqlite", "db": "var/tracker.db"}
    assert not (project / "old").exists()
    monkeypatch.setenv("RAPPORT_SHOP__DATABASE_URL", "postgresql://shop")
    kept = environment(project)
    assert [name for name in kept if name.startswith("RAPPORT_")] == ["RAPPORT_HOME"]
