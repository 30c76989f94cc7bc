from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from llm.errors import VoiceError
from llm.voice import wording
from llm.voice.speaking import Moment
from rapport.engine_files import OUR_ENDPOINTS, OUR_NLG, endpoints_for, nlg_for, read_yaml
from rapport.errors import SettingsError
from rapport.settings import Settings, Style, load_settings
from rapport.voice_settings import has_voice, known_channels, make_voice, style_settings

ROOT = Path(__file__).parents[3]
NLG = {"type": OUR_NLG}


def problem(text: str) -> str:
    Path("rapport.yml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "  preset: frendly\n",
            "line 2: style.preset: there is no preset 'frendly'; there are neutral, conc",
        ),
        (
            "  dimensions:\n    warmt: 1\n",
            "line 3: style.dimensions.warmt: there is no dimension 'warmt'; write 'wa",
        ),
        (
            "  dimensions:\n    warmth: 3\n",
            "line 3: style.dimensions.warmth: warmth is 3, but the scale goes from",
        ),
        (
            "  channels:\n    slak: {}\n",
            "line 3: style.channels.slak: there is no channel 'slak'; write 'slack'",
        ),
        (
            "  moods:\n    cross: {}\n",
            "line 3: style.moods.cross: there is no mood 'cross'; there are upset, calm",
        ),
        (
            "  channels:\n    web:\n      preset: x\n",
            "line 4: style.channels.web.preset: there is no preset 'x'; there are",
        ),
        (
            "  transitions:\n    asks: []\n",
            "line 3: style.transitions.asks: there is no kind of transition 'asks'",
        ),
        ("  presets: 3\n", "line 2: style.presets is 3, but should be a valid dictionary"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_what_to_do(project: Path, text: str, sentence: str) -> None:
    assert problem(f"style:\n{text}").startswith(f"rapport.yml, {sentence}")


def test_every_mistake_gets_its_own_sentence(project: Path) -> None:
    assert len(problem("style: {preset: x, dimensions: {warmth: 2, y: 0}}\n").split("\n")) == 3


def test_a_variable_is_blamed_where_it_is_wrong_and_read_as_a_number_where_not(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPPORT_STYLE__DIMENSIONS__WARMTH", "0.5")
    monkeypatch.setenv("RAPPORT_STYLE__PRESET", "companion")
    settings = style_settings(load_settings().style)
    assert (settings.preset, settings.dimensions) == ("companion", {"warmth": 0.5})
    monkeypatch.setenv("RAPPORT_STYLE__PRESET", "frendly")
    assert problem("").startswith("RAPPORT_STYLE__PRESET: style.preset: there is no preset 'frendly'")


def test_channels_of_ones_own_are_those_of_credentials_yml(project: Path) -> None:
    Path("credentials.yml").write_text("intercom:\n  key: x\nshop.channels.Kiosk: {}\n")
    assert {"web", "slack", "intercom", "Kiosk"} <= set(known_channels())
    Path("credentials.yml").write_text("{broken")
    assert "web" in known_channels()


def test_the_demos_transitions_are_responses_that_there_are() -> None:
    style = load_settings(ROOT / "rapport.yml").style
    domain = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in (ROOT / "domain").glob("*.yml")]
    responses = {name for content in domain for name in content.get("responses") or {}}
    assert {name for names in style.transitions.values() for name in names} <= responses
    assert not has_voice(style)


def test_rasa_is_told_of_a_voice_and_of_none_if_there_is_none() -> None:
    assert nlg_for(Settings(), {"nlg": NLG}) == NLG
    assert nlg_for(Settings(style=Style(transitions={"asking": ["x"]})), {"nlg": NLG}) == NLG
    told = nlg_for(Settings(style=Style(preset="companion")), {"nlg": NLG})
    assert told and told["voice"]["preset"] == "companion"
    other = {"type": "elsewhere.Chooser"}
    assert nlg_for(Settings(style=Style(preset="companion")), {"nlg": other}) == other
    assert nlg_for(Settings(style=Style(preset="companion")), {}) is None


def test_the_voice_reaches_rasa_by_its_endpoints_file(project: Path) -> None:
    url = "http://127.0.0.1:5055/webhook"
    content = {"action_endpoint": {"url": url}, "nlg": NLG}
    Path("endpoints.yml").write_text(yaml.safe_dump(content))
    assert endpoints_for(Settings()) == Path("endpoints.yml")
    style = Style(moods={"upset": {"preset": "companion"}})
    assert endpoints_for(Settings(style=style)) == OUR_ENDPOINTS
    assert read_yaml(OUR_ENDPOINTS)["nlg"]["voice"]["moods"] == {"upset": {"preset": "companion"}}


def test_a_broken_wording_list_is_noticed_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "en.yml").write_text("openings: []\n")
    monkeypatch.setattr(wording, "WORDING", tmp_path)
    monkeypatch.setattr("llm.voice.dimensions.FOLDER", tmp_path)
    wording.wording_of.cache_clear()
    try:
        with pytest.raises(VoiceError, match="has no 'openings'"):
            make_voice(Style(preset="companion"))
        assert make_voice(Style()).answer("a", Moment()) == "a"
    finally:
        wording.wording_of.cache_clear()
