from __future__ import annotations

from pathlib import Path

import pytest

from components import policy_trial
from components.policy_trial import Project
from tests.unit.components.small_library import LIGHT, RULES, write_library

LIGHT_POLICY = "components.light_policy.LightPolicy"
FORM_PROJECT = """
version: "3.1"
stories:
- story: a question in the middle of the form
  steps: [{intent: borrow}, {action: card_form}, {active_loop: card_form}, {intent: fine},
          {action: utter_fine}, {action: card_form}, {active_loop: card_form}]
- story: hello
  steps: [{intent: hello}, {action: utter_hello}]
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return policy_trial.load_project(write_library(tmp_path_factory.mktemp("library")))


def test_held_out_stories_are_a_share_and_the_same_for_a_seed(library: Project) -> None:
    held_out = policy_trial.held_out_stories(library, 0.5, seed=3)
    assert len(held_out) == 3 and held_out <= set(library.stories)
    assert held_out == policy_trial.held_out_stories(library, 0.5, seed=3)
    assert len(policy_trial.held_out_stories(library, 0.99, seed=3)) == 5, "one is always kept"


def test_nothing_of_a_held_out_story_is_trained_on(library: Project) -> None:
    held_out = {"leaves it on the shelf"}
    names = {
        part for t in policy_trial.training_trackers(library, held_out) for part in t.sender_id.split(" > ")
    }
    assert not names & held_out
    assert {t.sender_id for t in policy_trial.held_out_trackers(library, held_out)} == held_out


def test_all_actions_of_stories_that_were_trained_on_are_right(library: Project) -> None:
    trackers = policy_trial.training_trackers(library, set())
    policy, seconds = policy_trial.train_policy(LIGHT_POLICY, {}, trackers, library.domain)
    conversations = policy_trial.held_out_trackers(library, set(library.stories))
    judged = policy_trial.judge(policy, None, conversations, library.domain)
    assert all(judged.right) and all(judged.right_stories) and not judged.wrong
    # 18 replies, and a listen after each.
    assert (len(judged.right), len(judged.right_but_listen), len(judged.milliseconds)) == (36, 18, 36)
    assert seconds > 0


def test_a_wrong_action_counts_against_its_story(library: Project) -> None:
    kept = set(library.stories) - {"borrows a book"}
    trackers = policy_trial.training_trackers(library, kept)
    policy, _ = policy_trial.train_policy(LIGHT_POLICY, {}, trackers, library.domain)
    judged = policy_trial.judge(policy, None, policy_trial.held_out_trackers(library, kept), library.domain)
    assert not any(judged.right_stories) and judged.wrong and not all(judged.right)


def test_rules_take_part_and_a_form_may_refuse_a_message(tmp_path: Path) -> None:
    folder = write_library(tmp_path, f"{LIGHT}\n- {{name: RulePolicy}}", RULES, FORM_PROJECT)
    with (folder / "domain.yml").open("a") as domain:
        domain.write("forms: {card_form: {required_slots: [has_card]}}\n")
    project = policy_trial.load_project(folder)
    trackers = policy_trial.training_trackers(project, set())
    policy, _ = policy_trial.train_policy(LIGHT_POLICY, {}, trackers, project.domain)
    rules = policy_trial.train_rules(project, trackers)
    conversations = policy_trial.held_out_trackers(project, set(project.stories))
    assert rules is not None
    assert not policy_trial.judge(policy, rules, conversations, project.domain).wrong


@pytest.mark.parametrize(
    ("missing", "named"), [("config.yml", "config.yml"), ("domain.yml", "domain.yml or domain/")]
)
def test_a_folder_that_is_no_project_is_named(tmp_path: Path, missing: str, named: str) -> None:
    (write_library(tmp_path) / missing).unlink()
    with pytest.raises(ValueError, match=f"no Rasa project: {named} is missing"):
        policy_trial.load_project(tmp_path)


def test_a_project_without_stories_is_refused(tmp_path: Path) -> None:
    write_library(tmp_path, stories='version: "3.1"\nstories: []\n')
    with pytest.raises(ValueError, match="holds 0 stories"):
        policy_trial.load_project(tmp_path)
