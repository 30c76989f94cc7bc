from __future__ import annotations

from pathlib import Path

from rapport.rasa_output import essence, trained_component, warnings, with_place

ROOT = Path("/home/me/shop")


def test_schema_errors_are_said_with_file_and_line() -> None:
    output = """
2026-05-18 INFO rasa.validator - Validating …
YamlValidationException: Failed to validate '/home/me/shop/data/rules/a.yml'. Please make sure the
file is correct and all mandatory parameters are specified. Here are the errors found during validation:
  in /home/me/shop/data/rules/a.yml:12:
      Value 'x' is not a dict. Value path: '/rules/2'
  in /home/me/shop/data/rules/a.yml:20:
      Key 'stepz' was not defined. Path: '/rules/3'
"""
    assert essence(output, ROOT) == [
        "data/rules/a.yml, line 12: Value 'x' is not a dict.",
        "data/rules/a.yml, line 20: Key 'stepz' was not defined.",
    ]


def test_an_exception_is_said_without_its_class_and_traceback() -> None:
    output = """2026-05-18 ERROR rasa.engine.graph - Error running graph component for node train_RulePolicy0.
\x1b[91mInvalidRule:
Contradicting rules or stories found 🚨

- the prediction of the action 'utter_a' in rule 'greet' is contradicting with rule(s) 'greet two'.
- the prediction of the action 'utter_b' in rule 'greet two' is contradicting with rule(s) 'greet'.
Please update your stories and rules so that they don't contradict each other.
You can find more information about the usage of rules at https://rasa.com/docs/rasa/rules. \x1b[0m
"""
    assert essence(output, ROOT) == [
        "the prediction of the action 'utter_a' in rule 'greet' is contradicting with rule(s) 'greet two'.",
        "the prediction of the action 'utter_b' in rule 'greet two' is contradicting with rule(s) 'greet'.",
    ]


def test_general_advice_is_left_out() -> None:
    output = "ActionNotFoundException: Cannot access action 'utter_x'. Available actions are: \n- a\n- b\n"
    assert essence(output, ROOT) == ["Cannot access action 'utter_x'."]
    output = (
        "InvalidSlotTypeException: Failed to find slot type, 'strang' is unknown. You can find all types at …"
    )
    assert essence(output, ROOT) == ["Failed to find slot type, 'strang' is unknown."]


def test_warnings_that_mean_something_are_told_from_those_that_do_not() -> None:
    output = """
x.py:1: UserWarning: The utterance 'utter_a' is not used in any story or rule.
x: UserWarning: The intent 'nlu_confirm' is listed in the domain file, but is not found in the NLU data.
x.py:1: UserWarning: Issue found in '/home/me/shop/data/rules.yml':
Found intent 'byee' in stories which is not part of the domain.
  More info at https://rasa.com
x.py:1: UserWarning: The intent 'bye' is listed in the domain file, but is not found in the NLU training data.
"""
    assert warnings(output, ROOT) == [
        "Issue found in 'data/rules.yml': Found intent 'byee' in stories which is not part of the domain.",
        "The intent 'bye' is listed in the domain file, but is not found in the NLU training data.",
    ]


def test_a_sentence_gets_the_place_of_the_name_it_quotes(tmp_path: Path) -> None:
    file = tmp_path / "rules.yml"
    file.write_text("rules:\n- rule: greet two\n  steps:\n  - intent: greet\n  - action: utter_a\n")
    where = f" ({file}, line "
    assert with_place("No intent 'greet'.", [file]) == f"No intent 'greet'.{where}4)"  # nor "greet two"
    assert with_place("No action 'utter_a'.", [file]) == f"No action 'utter_a'.{where}5)"
    assert with_place("Action 'utter_a' in rule 'greet two' is wrong", [file]).endswith(f"{where}2)")
    assert (
        with_place("data/a.yml, line 3: 'utter_a' is wrong", [file])
        == "data/a.yml, line 3: 'utter_a' is wrong"
    )
    assert with_place("No action 'utter_b'.", [file]) == "No action 'utter_b'."


def test_warnings_are_shown_only_when_there_is_nothing_worse() -> None:
    warning = "/x/validator.py:1: UserWarning: The intent 'foo' is not used in any story or rule.\n"
    assert essence(warning, ROOT) == ["The intent 'foo' is not used in any story or rule."]
    assert essence(warning + "DomainError: no domain\n", ROOT) == ["no domain"]


def test_an_unknown_failure_shows_the_last_lines() -> None:
    assert essence("one\ntwo\nthree\n\nfour\n", ROOT) == ["two", "three", "four"]


def test_the_same_sentence_is_shown_once_and_many_are_cut() -> None:
    lines = "".join(f"x: UserWarning: number {n // 2}\n" for n in range(40))
    sentences = essence(lines, ROOT)
    assert len(sentences) == 9
    assert sentences[-1] == "… and 12 more."


def test_the_trained_component_is_read_from_logs_of_both_kinds() -> None:
    assert trained_component("INFO - Starting to train component 'IntentHead'.") == "IntentHead"
    assert trained_component("Restored component 'RulePolicy' from cache.") == "RulePolicy"
    assert trained_component("Finished training component 'IntentHead'.") is None


def test_what_the_check_of_the_examples_says_with_its_place_is_not_said_twice() -> None:
    output = (
        "x.py:1: UserWarning: The example 'hi' was found labeled with multiple different intents.\n"
        "x.py:1: UserWarning: Intent 'bye' has only 1 training examples! Minimum is 2, training may fail.\n"
        "x.py:1: UserWarning: Entity city has only 1 training examples! The minimum is 2.\n"
    )
    assert warnings(output, ROOT) == ["Entity city has only 1 training examples! The minimum is 2."]
