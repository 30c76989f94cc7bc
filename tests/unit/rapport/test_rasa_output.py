from __future__ import annotations

from pathlib import Path

from rapport.rasa_output import essence, trained_component

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
    output = """Traceback (most recent call last):
  File "x.py", line 1, in <module>
rasa.core.policies.rule_policy.InvalidRule: Contradicting rules or stories found 🚨

- the prediction of the action 'utter_goodbye' in rule 'say bye' is contradicting with rule(s) 'greet'.
"""
    (sentence, *_) = essence(output, ROOT)
    assert sentence.startswith("Contradicting rules or stories found")


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
