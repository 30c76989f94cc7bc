import re

import pytest

from channels.theme import PAPER, contrast, theme_css

ACCENTS = ["#2f6b4f", "#ffffff", "#000000", "#ffcc00", "#808080", "#ff0000", "#777777", "#0a84ff"]


def variables(css: str, name: str) -> list[str]:
    return re.findall(rf"--{name}: (#[0-9a-f]{{6}})", css)


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("accent", ACCENTS)
def test_every_accent_gives_text_with_aa_contrast(accent: str) -> None:
    css = theme_css(accent)
    for accent_shown, on_accent in zip(variables(css, "accent"), variables(css, "on-accent")):
        assert contrast(accent_shown, on_accent) >= 4.5
    light, dark = variables(css, "accent-ink")
    assert contrast(light, PAPER["light"]) >= 4.5
    assert contrast(dark, PAPER["dark"]) >= 4.5


def test_an_accent_that_reads_well_is_left_as_it_is() -> None:
    assert variables(theme_css("#2f6b4f"), "accent") == ["#2f6b4f", "#2f6b4f"]
