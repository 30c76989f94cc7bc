import numpy as np
import pytest

from components.emoji import spell_emoji
from components.encoder import MessageEncoder


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("👍", "thumbs up sign"),
        ("👎🏽", "thumbs down sign"),
        ("thanks 👍👍👍!", "thanks thumbs up sign !"),
        ("❤️", "heavy black heart"),
        ("🇬🇧", "g b"),
        ("👩‍👧", "woman girl"),
    ],
)
def test_a_picture_is_read_out_once(written: str, spelled: str) -> None:
    assert spell_emoji(written) == spelled


@pytest.mark.parametrize(
    "text", ["", "  two  spaces", "café £3.95 © 20°", "what?!?!…", "日本語", "→ here", "a\u200db"]
)
def test_a_text_without_pictures_stays_as_it_is(text: str) -> None:
    assert spell_emoji(text) == text


def test_thumbs_up_and_thumbs_down_do_not_look_the_same_to_the_encoder(encoder: MessageEncoder) -> None:
    up, down = encoder.encode(["👍", "👎"])
    assert float(up @ down) < 0.95
    assert not np.array_equal(up, down)
