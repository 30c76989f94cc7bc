from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

from learning.datasets import replacing
from learning.datasets.choosing import choose
from learning.datasets.examples import example_line
from learning.datasets.files import (
    DOMAIN,
    DRAFTS,
    NLU,
    OVERRIDES,
    PAIRS,
    PROVENANCE,
    RULES,
    SPREAD_NLU,
    TESTS,
)
from learning.datasets.records import accepted, records, replace_of_item
from learning.datasets.write import version_of, write_dataset
from learning.errors import DatasetError
from learning.learned import (
    ANSWER,
    ARTICLE,
    INTENT,
    KINDS,
    LABEL,
    PREFERENCE,
    SPREAD,
    STORY,
    Learned,
    learned_id,
)
from learning.store import LearningStore

Learn = Callable[..., Learned]


def made(
    kind: str, by: Sequence[str] = ("c1",), at: float = 1.0, language: str = "en", **content: Any
) -> Learned:
    return Learned(learned_id(kind, content), kind, content, language, f"item-{at}", tuple(by), ("rita",), at)


@pytest.fixture
def learn(store: LearningStore) -> Learn:
    """Accepts something; later things at later times."""
    count = 0

    def put(kind: str, **given: Any) -> Learned:
        nonlocal count
        count += 1
        one = made(kind, **{"at": float(count), "by": (f"c{count}",), **given})
        with store.writing() as connection:
            replace_of_item(one.item, [one], "", connection)
        return one

    return put


@pytest.fixture
def all_kinds(learn: Learn) -> list[Learned]:
    return [
        learn(LABEL, text="where's my parcel?", intent="track_order"),
        learn(LABEL, text="und mein paket", intent="track_order", language="de"),
        learn(INTENT, name="gift_wrapping", description="Gift wrapping", examples=["gift wrap", "wrap it"],
              answer="We wrap for £3: \"yes\" – {always} ${HOME}."),
        learn(ANSWER, question="how much is delivery", answer="£3.95.", layer="rule"),
        learn(ARTICLE, title="Do you buy old tents?", text="We do.", questions=["old tents?"]),
        learn(STORY, name="a story", steps=[{"user": "hello", "intent": "greet"}, {"action": "utter_greet"}]),
        learn(PREFERENCE, prompt="how", chosen="so", rejected="not so", source="thumbs"),
    ]  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tmp_path / "project"


def read(folder: Path, file: str) -> str:
    return (folder / file).read_text(encoding="utf-8")


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = read(folder, file)
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def test_every_kind_is_written_where_rasa_or_a_person_reads_it(
    store: LearningStore, project: Path, all_kinds: list[Learned]
) -> None:
    dataset = write_dataset(store, project)
    assert set(dataset.learned) == {one.id for one in all_kinds} and not dataset.left_out
    examples = RasaYAMLReader().read(project / NLU).intent_examples
    found = {(one.get("text"), one.get("intent")) for one in examples}
    assert found == {
        ("where's my parcel?", "track_order"), ("und mein paket", "track_order"),
        ("gift wrap", "gift_wrapping"), ("wrap it", "gift_wrapping"),
    }  # fmt: skip
    domain = yaml.safe_load(read(project, DOMAIN))
    assert domain["intents"] == ["gift_wrapping"]
    assert domain["responses"]["utter_gift_wrapping"][0]["text"].startswith('We wrap for £3: "yes"')
    assert {"utter_title_gift_wrapping", "utter_confirm_gift_wrapping"} <= domain["responses"].keys()
    assert "${" not in read(project, DOMAIN)
    rule = yaml.safe_load(read(project, RULES))["rules"][0]
    assert rule["steps"] == [{"intent": "gift_wrapping"}, {"action": "utter_gift_wrapping"}]
    assert yaml.safe_load(read(project, OVERRIDES))["overrides"][0]["answer"] == "£3.95."
    assert yaml.safe_load(read(project, TESTS))["stories"][0]["story"] == "a story"
    assert json.loads(read(project, PAIRS))["chosen"] == "so"
    (article,) = (project / "data/learned/articles").glob("*.md")
    assert "We do." in article.read_text(encoding="utf-8")
    origins = [json.loads(line) for line in read(project, PROVENANCE).splitlines()]
    assert {one["id"] for one in origins} == set(dataset.learned)
    assert origins[0]["approved_by"] == ["rita"] and origins[0]["conversations"]


def test_the_same_things_make_the_same_bytes_and_version(
    store: LearningStore, project: Path, all_kinds: list[Learned]
) -> None:
    first = write_dataset(store, project / "a")
    second = write_dataset(store, project / "b")
    assert first.version == second.version == version_of(list(reversed(all_kinds)))
    for file in first.files:
        assert read(project / "a", file) == read(project / "b", file)
    again = write_dataset(store, project / "a")
    assert again.files == () and again.rejected == () and again.version == first.version


def test_a_dry_run_shows_the_diff_and_writes_nothing(
    store: LearningStore, project: Path, learn: Learn
) -> None:
    learn(LABEL, text="where is it", intent="track_order")
    dataset = write_dataset(store, project, dry_run=True)
    assert "+    - where is it\n" in dataset.diff and not list(project.rglob("*.yml"))
    edited = write_dataset(store, project)
    edit(project, NLU, "    - where is it\n", "")
    assert write_dataset(store, project, dry_run=True).rejected == edited.learned
    assert len(accepted(store)) == 1


def test_a_deleted_line_is_rejected_and_one_that_was_added_stays(
    store: LearningStore, project: Path, learn: Learn
) -> None:
    gone = learn(LABEL, text="where is it", intent="track_order")
    kept = learn(LABEL, text="where's my stuff", intent="track_order")
    write_dataset(store, project)
    edit(project, NLU, "- where is it\n", "- wherever is my order\n")
    dataset = write_dataset(store, project)
    assert (dataset.rejected, dataset.learned) == ((gone.id,), (kept.id,))
    dropped = next(one for one in records(store) if one.id == gone.id)
    assert dropped.status == "dropped" and "designer" in dropped.why
    assert "- wherever is my order\n" in read(project, NLU)
    learn(LABEL, text="another one", intent="cancel_order")
    write_dataset(store, project)
    text = read(project, NLU)
    assert "- wherever is my order\n" in text and "another one" in text and "- where is it\n" not in text


def test_a_designers_wording_and_a_deleted_example_of_an_intent_are_respected(
    store: LearningStore, project: Path, all_kinds: list[Learned]
) -> None:
    write_dataset(store, project)
    edit(project, DOMAIN, "text: Gift wrapping", "text: We wrap gifts")
    edit(project, NLU, "    - wrap it\n", "")
    dataset = write_dataset(store, project)
    assert not dataset.rejected
    assert "We wrap gifts" in read(project, DOMAIN) and "text: Gift wrapping\n" not in read(project, DOMAIN)
    assert "wrap it" not in read(project, NLU)


def test_another_reviewers_agreement_is_no_designers_edit(
    store: LearningStore, project: Path, learn: Learn
) -> None:
    one = learn(ANSWER, question="how much", answer="£3.95.", layer="rule")
    write_dataset(store, project)
    again = replace(one, item="other", approved_by=("sam",))
    with store.writing() as connection:
        replace_of_item("other", [again], "", connection)
    dataset = write_dataset(store, project)
    assert not dataset.rejected and "by: rita, sam" in read(project, OVERRIDES)


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        (NLU, "nlu:\n- intent: a\n  examples: [\n", "line 4.*not valid YAML"),
        (NLU, "nlu:\n- intnt: a\n", "not shaped"),
        (PROVENANCE, '{"id": \n', ":1 is not valid JSON"),
    ],
)
def test_a_broken_file_is_named_and_left_alone(
    store: LearningStore, project: Path, all_kinds: list[Learned], file: str, text: str, sentence: str
) -> None:
    write_dataset(store, project)
    (project / file).write_text(text, encoding="utf-8")
    before = {path: path.read_bytes() for path in project.rglob("*.*") if path.is_file()}
    with pytest.raises(DatasetError, match=sentence):
        write_dataset(store, project)
    assert before == {path: path.read_bytes() for path in project.rglob("*.*") if path.is_file()}
    assert len(accepted(store)) == len(all_kinds)


def test_a_folder_that_vanished_rejects_nothing_by_itself(
    store: LearningStore, project: Path, learn: Learn
) -> None:
    learn(LABEL, text="where is it", intent="track_order")
    write_dataset(store, project)
    for file in (NLU, PROVENANCE):
        (project / file).unlink()
    (project / "data/learned").rmdir()
    with pytest.raises(DatasetError, match="--reverted"):
        write_dataset(store, project)
    assert len(accepted(store)) == 1
    assert len(write_dataset(store, project, reverted=True).rejected) == 1 and not accepted(store)


def test_a_disk_that_fills_changes_nothing(
    store: LearningStore, project: Path, learn: Learn, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn(LABEL, text="where is it", intent="track_order")
    write_dataset(store, project)
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    learn(INTENT, name="gifts", description="Gifts", examples=["gift", "gifts"], answer="")
    real = replacing._write

    def full(path: Path, text: str) -> None:
        if path.name.startswith(".rules"):
            raise OSError(28, os.strerror(28), str(path))
        real(path, text)

    monkeypatch.setattr(replacing, "_write", full)
    with pytest.raises(DatasetError, match=r"No space left on device.*nothing was changed"):
        write_dataset(store, project)
    assert before == {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}


def test_only_some_kinds_are_written_and_the_rest_stays(
    store: LearningStore, project: Path, all_kinds: list[Learned]
) -> None:
    write_dataset(store, project)
    before = read(project, NLU)
    dataset = write_dataset(store, project, kinds=(ANSWER,))
    assert not dataset.rejected and dataset.files == () and read(project, NLU) == before
    assert set(KINDS) == {json.loads(line)["kind"] for line in read(project, PROVENANCE).splitlines()}


def test_one_conversation_gives_no_more_than_its_share() -> None:
    flood = [made(LABEL, ("bad",), float(n), text=f"buy now {n}", intent=f"i{n}") for n in range(50)]
    rest = [made(LABEL, (f"c{n}",), 100.0 + n, text=f"text {n}", intent="greet") for n in range(50)]
    choice = choose([*flood, *rest], 0.05)
    assert sum(one.conversations == ("bad",) for one in choice.taken) == 5 and len(choice.taken) == 55
    assert "customer_cap" in choice.left_out[0][1]
    shared = [replace(one, conversations=("bad", f"x{n}")) for n, one in enumerate(flood)]
    assert len(choose(shared, 0.05).taken) == 50


def test_one_conversation_gives_no_more_than_its_share_of_an_intent() -> None:
    flood = [made(LABEL, ("bad",), float(n), text=f"buy now {n}", intent="praise") for n in range(10)]
    rest = [made(LABEL, (f"c{n}",), 100.0 + n, text=f"text {n}", intent="greet") for n in range(300)]
    choice = choose([*flood, *rest], 0.05)
    assert sum(one.content["intent"] == "praise" for one in choice.taken) == 3
    assert "3 labels of praise already" in choice.left_out[0][1]
    well_known = {f"well done {n}": "praise" for n in range(90)}
    choice = choose([*flood, *rest], 0.06, well_known)
    assert sum(one.content["intent"] == "praise" for one in choice.taken) == 6


def test_one_conversation_gives_no_more_than_its_share_of_the_pairs() -> None:
    def pair(number: int, *conversations: str, source: str = "thumbs") -> Learned:
        words = {"prompt": f"q{number}", "chosen": "yes", "rejected": "no", "source": source}
        return made(PREFERENCE, conversations, float(number), **words)

    flood = [pair(n, "bad", f"good{n}") for n in range(50)]
    rest = [pair(100 + n, f"c{n}") for n in range(30)]
    choice = choose([*flood, *rest], 0.05)
    assert sum("bad" in one.conversations for one in choice.taken) == 4 and len(choice.taken) == 34
    # A colleague corrected what many customers had: one who writes much takes nothing away from it.
    mended = [pair(n, "bad", f"good{n}", source="correction") for n in range(50)]
    assert len(choose(mended, 0.05).taken) == 50


def test_the_designers_own_examples_win_and_the_later_verdict() -> None:
    records = [
        made(LABEL, at=1.0, text="where is it", intent="greet"),
        made(LABEL, at=2.0, text="Where is it?", intent="track_order"),
        made(LABEL, at=3.0, text="my parcel", intent="greet"),
        made(LABEL, at=4.0, text="my [email] please", intent="greet"),
    ]
    choice = choose(records, 1.0, {"my parcel": "track_order"})
    assert [one.content["intent"] for one in choice.taken] == ["track_order"]
    whys = [why for _, why in choice.left_out]
    assert "accepted again later as track_order" in whys[0] and "data/nlu has it as track_order" in whys[1]
    assert "masked" in whys[2]


@pytest.mark.parametrize(
    ("text", "entities", "line"),
    [
        ("- where is\n it", [], "where is it"),
        ("i am [free](order_number) ${HOME}", [], "i am (free)(order_number) $ {HOME}"),
        ("mail [email]", [], None),
        ("[identity]", [], None),
        ("where is 1001", [["order_number", "1001", "FH-1001"]],
         'where is [1001]{"entity": "order_number", "value": "FH-1001"}'),
        ("Blue tent", [["colour", "Blue", "blue"]], "[Blue](colour) tent"),
    ],
)  # fmt: skip
def test_a_customers_text_is_nothing_but_text(text: str, entities: list[list[str]], line: str | None) -> None:
    assert example_line({"text": text, "entities": entities}) == line


def test_labels_that_spread_stand_apart_and_give_way_to_people(
    store: LearningStore, project: Path, learn: Learn
) -> None:
    plain = learn(SPREAD, text="any news of my box", intent="track_order")
    judged = learn(SPREAD, text="stop it please", intent="track_order")
    unwanted = learn(SPREAD, text="box box box", intent="track_order")
    label = learn(LABEL, text="Stop it, please!", intent="cancel_order")
    dataset = write_dataset(store, project)
    assert set(dataset.learned) == {plain.id, unwanted.id, label.id}
    assert dataset.left_out == ((judged.id, "somebody has labelled it cancel_order"),)
    (one, other) = RasaYAMLReader().read(project / SPREAD_NLU).intent_examples
    assert one.get("metadata")["intent"] == {"language": "en", "spread": True}
    assert {one.get("text"), other.get("text")} == {"any news of my box", "box box box"}
    assert "spread" not in read(project, NLU)
    edit(project, SPREAD_NLU, "    - box box box\n", "")
    assert write_dataset(store, project).rejected == (unwanted.id,)
    assert write_dataset(store, project).files == ()


def test_a_rules_correction_is_served_and_drafted_as_a_rule_that_rasa_does_not_read(
    store: LearningStore, project: Path, learn: Learn
) -> None:
    one = learn(
        ANSWER, question="stop it", answer="Done ${HOME}.", layer="rule", routed="cancel_order",
        response="utter_cancel",
    )  # fmt: skip
    learn(ANSWER, question="how much", answer="£3.95.", layer="knowledge", routed="cancel_order")
    dataset = write_dataset(store, project)
    (draft,) = yaml.safe_load(read(project, DRAFTS))["drafts"]
    action = f"utter_cancel_order_{one.id[:6]}"
    assert draft["steps"] == [{"intent": "cancel_order"}, {"action": action}]
    assert draft["says"] == {action: [{"text": "Done $ {HOME}."}]}
    assert draft["instead_of"] == "utter_cancel" and draft["asked"] == "stop it"
    assert not YAMLStoryReader.is_stories_file(project / DRAFTS)
    assert not RasaYAMLReader.is_yaml_nlu_file(project / DRAFTS) and not Domain.is_domain_file(
        project / DRAFTS
    )
    assert write_dataset(store, project).files == ()
    # A designer who made a rule of it has not rejected the answer.
    (project / DRAFTS).unlink()
    again = write_dataset(store, project)
    assert again.rejected == () and again.version == dataset.version and not (project / DRAFTS).exists()
