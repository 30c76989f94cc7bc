from __future__ import annotations

from pathlib import Path

import pytest

from components.mood_examples import MoodFileError, fingerprint, read_moods

GROUP = "  - mood: {mood}\n    examples: |\n{lines}"


def write(folder: Path, **messages: list[str]) -> Path:
    groups = [
        GROUP.format(mood=mood, lines="".join(f"      - {text}\n" for text in texts))
        for mood, texts in messages.items()
    ]
    file = folder / "moods.yml"
    file.write_text("moods:\n" + "".join(groups), encoding="utf-8")
    return file


FIVE = {mood: [f"{mood} {number}" for number in range(5)] for mood in ("negative", "neutral", "positive")}


def test_messages_are_read_with_their_sentiment(tmp_path: Path) -> None:
    write(tmp_path, **FIVE)
    pairs = read_moods(tmp_path)
    assert len(pairs) == 15
    assert ("neutral 3", "neutral") in pairs


def test_no_folder_means_no_messages(tmp_path: Path) -> None:
    assert read_moods(tmp_path / "nothing") == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("nlu: []", "begin with `moods:`"),
        (
            "moods:\n  - mood: angry\n    examples: |\n      - no\n",
            "'angry' is unknown: write negative, neutral",
        ),
        ("moods:\n  - mood: neutral\n    examples: [a]\n", "no text"),
        ("moods:\n  - mood: neutral\n    examples: |\n      hello\n", "'hello' is no example"),
        ("moods:\n  - mood: neutral\n    examples: |\n      - hello\n", "need 5 messages or more each"),
    ],
)
def test_what_is_wrong_is_said_with_the_file(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "moods.yml").write_text(content)
    with pytest.raises(MoodFileError, match=said) as error:
        read_moods(tmp_path)
    assert str(tmp_path) in str(error.value)


def test_a_message_has_one_sentiment(tmp_path: Path) -> None:
    write(tmp_path, **{**FIVE, "positive": [*FIVE["positive"], "neutral 1"]})
    with pytest.raises(MoodFileError, match="'neutral 1' is both"):
        read_moods(tmp_path)


def test_a_changed_message_changes_the_fingerprint(tmp_path: Path) -> None:
    write(tmp_path, **FIVE)
    before = fingerprint(tmp_path)
    write(tmp_path, **{**FIVE, "negative": [*FIVE["negative"], "and no"]})
    assert fingerprint(tmp_path) != before
