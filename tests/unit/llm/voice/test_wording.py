"""The lists that designers edit: complete, within their rules, and clear about what is wrong."""

import re
from pathlib import Path

import pytest

from llm.errors import VoiceError
from llm.voice import wording as module
from llm.voice.dimensions import dimensions, read_yaml
from llm.voice.wording import Phrase, Wording, languages, topic_of, wording_of

ROOT = Path(__file__).parents[4]


def every_phrase(wording: Wording) -> list[Phrase]:
    """All that may be said to a customer."""
    lists = [wording.openings, wording.understanding, wording.attribution, wording.care]
    lists += [*wording.next_steps.values(), *wording.transitions.values()]
    return [phrase for one in lists for phrase in one]


def of(language: str) -> Wording:
    found = wording_of(language)
    assert found
    return found


def test_english_and_german_have_the_same_lists() -> None:
    assert languages() == ["de", "en"]
    assert of("en").next_steps.keys() == of("de").next_steps.keys()
    assert (
        of("en").instructions["rules"].keys() == of("de").instructions["rules"].keys() == dimensions().keys()
    )
    assert of("en").cues.keys() == of("de").cues.keys()
    assert wording_of("fr") is None


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_phrase_holds_a_figure_or_promises_one(language: str) -> None:
    wrong = [phrase.say for phrase in every_phrase(of(language)) if re.search(r"[\d£€$%]", phrase.say)]
    assert not wrong


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_phrase_is_said_twice_and_each_is_a_whole_sentence(language: str) -> None:
    said = [phrase.say for phrase in every_phrase(of(language))]
    assert len(said) == len(set(said))
    assert not [one for one in said if one[-1] not in ".!?:"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_subject_is_repeated_where_it_should_be_and_nowhere_else(language: str) -> None:
    for phrase in every_phrase(of(language)):
        assert ("{topic}" in phrase.say) == (phrase in of(language).understanding), phrase.say
        assert "{" not in phrase.say.replace("{topic}", "")


# Before "We do not deliver outside Europe" each of them would be wrong.
YES = ("yes", "sure", "of course", "certainly", "gladly", "no problem", "with pleasure", "absolutely", "easy")
JA = (
    "ja",
    "klar",
    "na klar",
    "natürlich",
    "gern",
    "sehr gern",
    "selbstverständlich",
    "kein problem",
    "sicher",
)


@pytest.mark.parametrize(("language", "words"), [("en", YES), ("de", JA)])
def test_no_opening_sounds_like_a_yes_for_the_answer_may_be_a_no(
    language: str, words: tuple[str, ...]
) -> None:
    for phrase in of(language).openings:
        assert not re.match(rf"(?:{'|'.join(words)})\b", phrase.say, re.IGNORECASE), phrase.say


def test_next_steps_are_for_questions_that_there_are() -> None:
    topics = read_yaml(module.WORDING / module.TOPICS)
    assert topics.keys() | {"any"} == of("en").next_steps.keys()
    questions = (ROOT / "domain/questions.yml").read_text() + (ROOT / "domain/products.yml").read_text()
    assert all(f"- {intent}" in questions for intents in topics.values() for intent in intents)
    assert (topic_of("ask_warranty"), topic_of("no_such_intent")) == ("repairs", "any")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("formality: 0.9, politeness: 0.9", "formalty: 0.9", "'formalty', which is no dimension"),
        ("formality: 0.9, politeness: 0.9", "formality: 9", "formality: 9; write a number from -1 to 1"),
        ('{say: "Thank you for your enquiry."', "{said: x", "a phrase has no `say`"),
        ("openings:\n", "openinx:\n", "has no 'openings'"),
        ("  any:\n", "  none:\n", "next_steps has no list 'any'"),
        ("openings:\n", "openings: [\n", "line "),
    ],
)
def test_a_broken_list_is_said_with_file_and_phrase(
    old: str, new: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (module.WORDING / "en.yml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "wording").mkdir()
    (tmp_path / "wording/en.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(module, "WORDING", tmp_path / "wording")
    monkeypatch.setattr("llm.voice.dimensions.FOLDER", tmp_path)
    with pytest.raises(VoiceError, match=r"llm/voice/wording/en\.yml") as caught:
        wording_of.__wrapped__("en")
    assert sentence in str(caught.value)
