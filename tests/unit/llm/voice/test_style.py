"""Which style holds, and what is said about one that cannot."""

import pytest

from llm.errors import VoiceError
from llm.voice.dimensions import dimensions
from llm.voice.style import Style, StyleSettings, built_in_presets, presets_of, problems, style_for


def test_there_are_at_least_sixteen_dimensions_and_each_says_what_it_does() -> None:
    assert len(dimensions()) >= 16
    assert all(one.low and one.high and one.changes for one in dimensions().values())


def test_there_are_four_presets_that_place_every_dimension() -> None:
    assert len(built_in_presets()) == 4
    for name, entry in built_in_presets().items():
        assert entry.keys() == {"about", *dimensions()}, name
    assert not problems(StyleSettings(presets=built_in_presets()))


def test_nothing_said_is_neutral() -> None:
    assert style_for(StyleSettings()).is_neutral
    assert style_for(StyleSettings(), "web", "upset").is_neutral
    assert not style_for(StyleSettings(dimensions={"warmth": 0.1})).is_neutral


def test_the_mood_wins_over_the_channel_and_the_channel_over_the_rest() -> None:
    settings = StyleSettings(
        preset="concierge",
        dimensions={"warmth": 0.5, "brevity": 0.1},
        channels={"slack": {"warmth": 0.6, "guidance": 0.2}},
        moods={"upset": {"warmth": 0.9}, "pleased": {"humour": 0.4}},
    )
    assert style_for(settings)["warmth"] == 0.5
    assert style_for(settings)["formality"] == built_in_presets()["concierge"]["formality"]
    assert style_for(settings, "slack")["warmth"] == 0.6
    assert style_for(settings, "slack", "upset")["warmth"] == 0.9
    assert style_for(settings, "slack", "upset")["guidance"] == 0.2
    assert style_for(settings, "elsewhere", "calm") == style_for(settings)


def test_a_preset_of_a_mood_replaces_all_that_was_said_before() -> None:
    settings = StyleSettings(
        preset="trailmate",
        dimensions={"warmth": -1, "guidance": 1},
        presets={"calm": {"warmth": 0.7}},
        moods={"pleased": {"preset": "calm", "brevity": 0.2}},
    )
    assert style_for(settings, mood="pleased").positions == {"warmth": 0.7, "brevity": 0.2}


def test_nobody_jokes_or_cheers_at_an_upset_customer() -> None:
    settings = StyleSettings(preset="trailmate", moods={"upset": {"humour": 1}})
    style = style_for(settings, mood="upset")
    assert max(style["humour"], style["enthusiasm"], style["emoji"]) <= 0
    assert style_for(settings)["humour"] > 0


def test_a_preset_of_ones_own_may_stand_for_a_ready_made_one() -> None:
    settings = StyleSettings(preset="concierge", presets={"concierge": {"about": "ours", "warmth": 1}})
    assert style_for(settings).positions == {"warmth": 1.0}
    assert next(iter(presets_of(settings))) == "neutral"


def test_an_unknown_preset_is_named_with_those_there_are() -> None:
    with pytest.raises(VoiceError, match=r"no preset 'concierg'; write 'concierge'"):
        style_for(StyleSettings(preset="concierg"))


@pytest.mark.parametrize(
    ("settings", "path", "words"),
    [
        (StyleSettings(preset="x"), ("preset",), "'x'; there are neutral, concierge"),
        (StyleSettings(dimensions={"warmt": 1}), ("dimensions", "warmt"), "write 'warmth'"),
        (
            StyleSettings(dimensions={"warmth": 1.1}),
            ("dimensions", "warmth"),
            "is 1.1, but the scale goes from -1",
        ),
        (
            StyleSettings(dimensions={"warmth": True}),
            ("dimensions", "warmth"),
            "is True, but a position is a number",
        ),
        (StyleSettings(dimensions={"warmth": float("nan")}), ("dimensions", "warmth"), "but the scale"),
        (StyleSettings(presets={"neutral": {}}), ("presets", "neutral"), "another name"),
        (StyleSettings(presets={"a": {"b": 1}}), ("presets", "a", "b"), "no dimension 'b'"),
        (StyleSettings(channels={"wbe": {}}), ("channels", "wbe"), "no channel 'wbe'; write 'web'"),
        (StyleSettings(channels={"web": {"preset": "y"}}), ("channels", "web", "preset"), "no preset 'y'"),
        (StyleSettings(moods={"sad": {}}), ("moods", "sad"), "upset, calm, pleased"),
        (
            StyleSettings(moods={"calm": {"humour": "lots"}}),
            ("moods", "calm", "humour"),
            "'lots', but a position",
        ),
        (StyleSettings(transitions={"z": ()}), ("transitions", "z"), "no kind of transition 'z'"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_what_to_do(
    settings: StyleSettings, path: tuple[str, ...], words: str
) -> None:
    (found,) = problems(settings, ["web", "slack"], ["asking"])
    assert found.path == path and words in found.sentence


def test_wishes_are_what_could_be_heard() -> None:
    assert Style({"warmth": 0.2, "humour": -0.3}).wishes() == {"humour": -0.3}
