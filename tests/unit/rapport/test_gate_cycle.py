"""After a candidate that did not pass, only what is shown to have broken something is dropped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from learning.cycle import CycleLog, State, Step, run_cycle
from learning.datasets.records import records
from learning.gate.suspects import Broken
from learning.gate.verdict import STORIES, Check, Verdict
from learning.learned import ACTIVE, DROPPED, INTENT, LABEL, learned_id
from learning.store import LearningStore
from learning.tables import learned
from rapport import gate_culprits, gate_cycle
from rapport.gate_culprits import drop_culprits
from rapport.gate_cycle import judge_and_mend
from rapport.settings import Settings, load_settings

WORDS = ("parcel", "lost", "awful", "rude", "boots", "size", "engrave", "name", "bottle", "please")
BROKEN = Broken("conversation 'a parcel'", "parcel lost", "track_order", "complain", STORIES)


class WordCounts:
    """An encoder of ten words."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        counts = np.array([[text.split().count(word) for word in WORDS] for text in texts], float)
        counts = counts.reshape(-1, len(WORDS)) + 0.01
        return np.asarray(counts / np.linalg.norm(counts, axis=1, keepdims=True))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A project in whose examples three intents are plain."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    said = {
        "track_order": ("parcel", "parcel please"),
        "complain": ("awful", "awful rude"),
        "ask_size_guide": ("boots size", "size boots please"),
    }
    entries = [
        f"- intent: {intent}\n  examples: |\n"
        + "".join(f"    - {text}{' please' * n}\n" for text in texts for n in range(2, 14))
        for intent, texts in said.items()
    ]
    Path("data/nlu.yml").write_text('version: "3.1"\nnlu:\n' + "".join(entries))
    monkeypatch.setattr(gate_culprits, "intent_encoder", WordCounts)
    return load_settings()


@pytest.fixture
def store(settings: Settings) -> LearningStore:
    return LearningStore(settings.learning.database_url)


def accept(store: LearningStore, text: str, intent: str, kind: str = LABEL, **content: object) -> str:
    told = content or {"text": text, "intent": intent}
    row = {
        "id": learned_id(kind, told), "kind": kind, "status": ACTIVE, "content": told, "language": "en",
        "item": text, "conversations": [], "approved_by": ["ada"], "at": 1.0, "model": "", "why": "",
    }  # fmt: skip
    with store.writing() as connection:
        connection.execute(sa.insert(learned).values(row))
    return str(row["id"])


def verdict(*lost: Broken) -> Verdict:
    return Verdict((Check(STORIES, 1.0, 0.9, 10, 0, 1.0, not lost),), lost=lost)


class Gate:
    """Judges candidates as it is told, and trains them by writing down without what."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **verdicts: Verdict) -> None:
        self.verdicts = verdicts
        self.left_out: list[set[str]] = []
        monkeypatch.setattr(gate_cycle, "judge_candidate", lambda _, __, name: self.verdicts[name])

    def train(self, without: Collection[str]) -> str:
        self.left_out.append(set(without))
        return "second"


def dropped(store: LearningStore) -> dict[str, str]:
    return {str(one.content["text"]): one.why for one in records(store, [DROPPED])}


def run(settings: Settings, store: LearningStore, gate: Gate) -> State:
    return judge_and_mend(settings, store, "first", gate.train)


def test_what_passes_is_trained_once(
    settings: Settings, store: LearningStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(store, "parcel lost awful", "complain")
    gate = Gate(monkeypatch, first=verdict())

    state = run(settings, store, gate)

    assert (state["passed"], state["tried"], gate.left_out) == (True, ["first"], [])


def test_what_broke_a_conversation_is_dropped_once_that_mends_it_and_says_so(
    settings: Settings, store: LearningStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    guilty = accept(store, "parcel lost awful", "complain")
    accept(store, "rude awful", "complain")
    accept(store, "parcel lost please", "track_order")
    gate = Gate(monkeypatch, first=verdict(BROKEN), second=verdict())

    state = run(settings, store, gate)

    assert gate.left_out == [{guilty}]
    assert list(dropped(store)) == ["parcel lost awful"]
    assert "conversation 'a parcel'" in dropped(store)["parcel lost awful"]
    assert "track_order became complain" in dropped(store)["parcel lost awful"]
    assert (state["candidate"], state["passed"], state["tried"]) == ("second", True, ["first", "second"])
    assert state["trainings"][1]["on"] == "without 1 labels that most likely broke something"
    assert state["dropped_by_gate"][0]["broke"] == ["conversation 'a parcel'"]


def test_what_is_left_out_in_vain_is_kept_and_not_tried_again(
    settings: Settings, store: LearningStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = accept(store, "parcel lost awful", "complain")
    accept(store, "boots size", "ask_size_guide")
    gate = Gate(monkeypatch, first=verdict(BROKEN), second=verdict(BROKEN))
    step = Step("gate", lambda _: run(settings, store, gate))

    run_cycle(CycleLog(store), [step], "a test")
    run_cycle(CycleLog(store), [step], "nothing is left to try")
    later = accept(store, "parcel lost rude", "complain")
    run_cycle(CycleLog(store), [step], "another label was accepted")

    assert gate.left_out == [{first}, {later}]
    assert dropped(store) == {}
    assert [one.state["put_back"] != [] for one in CycleLog(store).all()] == [True, False, True]


def test_of_two_suspects_only_the_one_is_dropped_that_mended_something(
    settings: Settings, store: LearningStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(store, "parcel lost awful", "complain")
    accept(store, "boots size rude", "complain")
    shoes = Broken("message 'boots size'", "boots size", "ask_size_guide", "complain", STORIES)
    gate = Gate(monkeypatch, first=verdict(BROKEN, shoes), second=verdict(BROKEN))

    state = run(settings, store, gate)

    assert list(dropped(store)) == ["boots size rude"]
    assert [one["text"] for one in state["put_back"]] == ["parcel lost awful"]
    assert not state["passed"]


def test_where_one_training_is_allowed_nothing_is_left_out(
    settings: Settings, store: LearningStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(store, "parcel lost awful", "complain")
    gate = Gate(monkeypatch, first=verdict(BROKEN))
    once = settings.model_copy(update={"gate": settings.gate.model_copy(update={"trainings": 1})})

    assert run(once, store, gate)["tried"] == ["first"]
    assert dropped(store) == {}


def test_a_label_of_an_accepted_intent_is_spoken_for_by_its_examples_and_a_wrong_one_is_named(
    settings: Settings, store: LearningStore
) -> None:
    examples = ["engrave bottle", "engrave name", "engrave name bottle", "bottle engrave please"]
    accept(store, "", "", INTENT, name="ask_engraving", examples=examples, answer="", description="")
    accept(store, "engrave name please", "ask_engraving")
    accept(store, "boots size please", "track_order")

    assert gate_culprits._material(settings, store).trusted.intents.count("ask_engraving") == len(examples)
    (found,) = drop_culprits(settings, store)

    assert (found.record.content["text"], list(dropped(store))) == (
        "boots size please",
        ["boots size please"],
    )
    assert (
        "others speak against track_order: nearest are 'boots size please please' (ask_size_guide, "
        in found.why
    )
