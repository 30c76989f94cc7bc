"""Gives intents with few examples messages that nobody reviewed (`learning.spread_examples`)."""

from __future__ import annotations

from itertools import islice

from learning.datasets.examples import example_line
from learning.datasets.records import records, replace_of_item
from learning.gate.frozen import is_frozen
from learning.labels.spreading import Labelled, spread_labels
from learning.learned import ACTIVE, SPREAD, Learned, learned_id
from learning.review.accepting import with_entities
from learning.review.words import normalised
from learning.store import LearningStore
from rapport.example_checks import plain
from rapport.review import known_examples, labelled
from rapport.settings import Settings
from rapport.vectors import intent_encoder

# Stands for the reviewed item that such an example does not have.
_ITEM = "spread"
_REPLACED = "the neighbours took it back"
# The latest messages that are looked at: their likenesses are compared with each other.
_MOST_TURNS = 10_000


def spread_to_few(settings: Settings, store: LearningStore) -> int:
    """Finds such examples anew; what is not found again is taken back. How many there are now.

    What a designer or the gate took out stays out.
    """
    found: list[Learned] = []
    if settings.learning.spread_examples:
        found = [_learned(one) for one in _find(settings, store)]
    elif not [one for one in records(store, [ACTIVE]) if one.kind == SPREAD]:
        return 0
    with store.writing() as connection:
        replace_of_item(_ITEM, found, _REPLACED, connection)
    return len(found)


def _find(settings: Settings, store: LearningStore) -> list[Labelled]:
    own = set(known_examples())
    examples = [
        one for one in labelled(settings, store)
        if one in own or not is_frozen(plain(one[0]), settings.gate.frozen_share)
    ]  # fmt: skip
    written = (
        turn for turn in store.turns(newest_first=True)
        if not turn.is_button and not turn.is_answer_to_form and not turn.by_person
        and example_line({"text": turn.text}) and not is_frozen(plain(turn.text), settings.gate.frozen_share)
    )  # fmt: skip
    return spread_labels(
        islice(written, _MOST_TURNS),
        examples,
        intent_encoder().encode,
        settings.learning.spread_examples,
        settings.learning.customer_cap,
        normalised,
    )


def _learned(one: Labelled) -> Learned:
    newest = one.turns[0]
    content = with_entities(one.intent, one.text, newest.entities)
    conversations = tuple(sorted({turn.conversation for turn in one.turns}))
    return Learned(
        learned_id(SPREAD, content), SPREAD, content, newest.language, _ITEM, conversations,
        ("nobody: spread",), newest.at, newest.model,
    )  # fmt: skip
