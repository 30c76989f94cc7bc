import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from channels.cleaning import as_plain_text, clean_text, is_intent_text

WAYS_TO_HIDE_A_SLASH = [
    '/track_order{"order_number": "FH-1001"}',
    "  /restart",
    "\u200b/restart",
    "\u00a0\u2003/restart",
    "\u200d /restart",
    " \u200d \u200d/restart",
    "\x00/restart",
    "\ufeff/restart",
    "\u202e/restart",
    "// /restart",
    "/\n/restart",
    "\x1c/restart",
]


def read_by_rasa(text: str) -> Message:
    """What Rasa makes of a message on its way from the channel to the end of the pipeline."""
    stripped = UserMessage(text).text or ""
    return YAMLStoryReader.unpack_regex_message(Message({TEXT: stripped}))


def test_rasa_reads_a_slash_as_an_intent_which_is_why_we_take_it_off() -> None:
    assert read_by_rasa("  /restart").get(INTENT)["name"] == "restart"


@pytest.mark.parametrize("raw", WAYS_TO_HIDE_A_SLASH)
def test_rasa_never_reads_a_customers_text_as_an_intent(raw: str) -> None:
    text = as_plain_text(clean_text(raw))
    assert read_by_rasa(text).get(INTENT) is None
    assert "restart" in text or "track_order" in text


@given(st.text(alphabet=st.sampled_from("/ \n\t\u200b\u200c\u200d\ufeff\x00\x1f\u2028ab{}"), max_size=12))
def test_no_mixture_of_slashes_and_invisible_characters_becomes_an_intent(raw: str) -> None:
    assert not is_intent_text(as_plain_text(clean_text(raw)))


def test_a_slash_within_a_text_stays() -> None:
    assert as_plain_text(clean_text("black/grey, size S/M")) == "black/grey, size S/M"


@pytest.mark.parametrize("raw", ["", "   ", "\n\n", "\u200b\u200d", "\x07", "\u00a0", "\u2028"])
def test_what_cannot_be_seen_is_empty(raw: str) -> None:
    assert clean_text(raw) == ""


def test_white_space_is_tidied_and_line_breaks_stay() -> None:
    assert clean_text("  two\t boots \r\n\r\n\r\n\r\nplease  ") == "two boots\n\nplease"


def test_control_and_bidi_characters_are_dropped() -> None:
    assert clean_text("order\x1b[31m \u202e1001") == "order[31m 1001"


def test_emoji_sequences_and_accents_survive() -> None:
    assert clean_text("👩‍👧 cafe\u0301") == "👩‍👧 café"
