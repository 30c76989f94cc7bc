"""Questions that name nothing: "is it free?" as a first message can be about anything that has a price."""

from llm.knowledge.words import content_stems, stem

# Verbs and properties that nearly everything has: without a noun beside them nobody knows what is meant.
_WORDS = """
    allowed bad bring change changed check cost costs damage early earlier easy else expensive fast
    fee find fix free given good happen happened happens keep kind late later limit mean means
    missing move next now number offer often option pay possible price problem quick quickly right
    send sent show size soon start stay stop sure take taken takes tell time told try use used wait
    way work working works worth wrong
"""
_GENERAL = frozenset(stem(word) for word in _WORDS.split())
# A message of more words tells something by itself, even if each of them is general.
_MOST_WORDS = 8


def is_vague(question: str) -> bool:
    """Whether a question names nothing that it could be about.

    Args:
        question: as it is searched for; what a conversation named before stands in it already.
    """
    return len(question.split()) <= _MOST_WORDS and set(content_stems(question)) <= _GENERAL
