import pytest

from llm.knowledge.spelling import Spelling

ENGLISH = frozenset(["can", "i", "my", "the", "a", "boat", "boats", "boost", "droop", "sell", "way", "to"])


@pytest.fixture
def spelling() -> Spelling:
    texts = ["You can return boots. Delivery is £3.95.", "Drops of water; a guarantee of two years."]
    return Spelling(texts, ENGLISH.__contains__)


@pytest.mark.parametrize(
    ("question", "mended"),
    [
        ("can i retrun my boots", "can i return my boots"),  # two letters changed places
        ("how mutch is delivry", "how much is delivery"),  # one too many, one too few
        ("is there a guarentee", "is there a guarantee"),  # another letter in a long word
        ("do you sell boats", "do you sell boats"),  # a word that the knowledge lacks
        ("a boost", "a boost"),  # another word of the language, not "boots"
        ("it droops", "it droops"),  # a form of such a word, not "drops"
        ("can i pay with bitcoin", "can i pay with bitcoin"),  # nothing is near
        ("who is quark", "who is quark"),
        ("", ""),
    ],
)
def test_slips_are_mended_and_words_are_left(spelling: Spelling, question: str, mended: str) -> None:
    assert spelling.mend(question) == mended
