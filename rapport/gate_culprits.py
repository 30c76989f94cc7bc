"""Which accepted labels do harm: before a training, and of one whose candidate did not pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from learning.datasets.records import accepted, drop
from learning.gate.culprits import search
from learning.gate.frozen import split_learned
from learning.gate.harm import HarmTrial, Labelled
from learning.gate.suspects import Broken, suspects
from learning.learned import INTENT, LABEL, Learned
from learning.store import LearningStore
from rapport.example_checks import plain, spoken
from rapport.learned import designers_own
from rapport.settings import Settings
from rapport.vectors import intent_encoder

# A label stays if a message of its own intent is so near as the nearest of another one, or hardly less: the
# head and the nearest messages must both speak against it (docs/experiments.md).
DOUBTED = 0.1
_NAMED = 3


@dataclass(frozen=True)
class Dropped:
    """A label that is left out, and why.

    Attributes:
        record: the label.
        why: in words.
        broke: names of the messages and conversations that it most likely broke.
    """

    record: Learned
    why: str
    broke: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """For the cycle's history."""
        content = self.record.content
        named = {"id": self.record.id, "text": str(content["text"]), "intent": str(content["intent"])}
        return {**named, "why": self.why, "broke": list(self.broke)}


@dataclass(frozen=True)
class _Material:
    """What is trained on: labels that may do harm, and messages that are trusted, with sentence vectors.

    Attributes:
        labels: accepted ones; `learned` has their vectors.
        trusted: the designer's own examples, and those of accepted intents.
        texts: of the designer's own, which stand first among the trusted.
    """

    labels: list[Learned]
    learned: Labelled
    trusted: Labelled
    texts: list[str]


def drop_culprits(settings: Settings, store: LearningStore) -> list[Dropped]:
    """Finds accepted labels that all else speaks against, by group testing with a light head, and drops them.

    Args:
        settings: all settings.
        store: the learning database.
    """
    material = _material(settings, store)
    if not material.labels:
        return []
    trial = HarmTrial(material.trusted, material.learned)
    found = search(trial.by_suspicion(), trial.passes)
    dropped = [
        Dropped(material.labels[place], _contradiction(material, place))
        for place in [*found.culprits, *found.undecided]
        if _nearer_to_others(material, place) > DOUBTED
    ]
    for one in dropped:
        drop(store, [one.record.id], f"gate: {one.why}")
    return dropped


def find_suspects(
    settings: Settings,
    store: LearningStore,
    broken: Sequence[Broken],
    in_vain: Collection[tuple[str, str]] = (),
) -> list[Dropped]:
    """The labels that most likely broke something; they are not dropped yet.

    Of those that are like the message, group testing with the light head tells which pull it away. Where it
    sees no pull, the one most like the message is taken.

    Args:
        settings: all settings.
        store: the learning database.
        broken: what broke.
        in_vain: ids of labels with what they were left out for before, without mending it.
    """
    material = _material(settings, store)
    if not material.labels or not broken:
        return []
    vectors = np.asarray(intent_encoder().encode([one.text for one in broken]))
    near = material.learned.vectors @ vectors.T
    broke: dict[int, list[tuple[Broken, float]]] = defaultdict(list)
    for number, one in enumerate(broken):
        tried = [one.what in _of(record, in_vain) for record in material.labels]
        alike = np.where(tried, -1.0, near[:, number])
        told = suspects(one, alike, material.learned.intents)
        places = [suspect.place for suspect in told]
        pulling = _pulling(material, places, Labelled(vectors[[number]], [one.was]))
        for suspect in told:
            if suspect.place in (pulling or places[:1]):
                broke[suspect.place].append((one, suspect.similarity))
    return [
        Dropped(material.labels[place], _told(found), tuple(one.what for one, _ in found))
        for place, found in broke.items()
    ]


def _of(record: Learned, in_vain: Collection[tuple[str, str]]) -> set[str]:
    return {what for name, what in in_vain if name == record.id}


def _pulling(material: _Material, places: Sequence[int], lost: Labelled) -> list[int]:
    """Those of some labels that pull a message away, all other labels being trusted."""
    rest = [place for place in _places(material) if place not in places]
    trusted = _joined(material.trusted, _some(material.learned, rest))
    trial = HarmTrial(trusted, _some(material.learned, places), lost=lost)
    found = search(range(len(places)), trial.passes)
    return [places[number] for number in [*found.culprits, *found.undecided]]


def _material(settings: Settings, store: LearningStore) -> _Material:
    """The designer's own examples are trusted, and those that make an accepted intent.

    Without the latter, nothing would speak for a label of an intent that is new.
    """
    records, _ = split_learned(accepted(store), settings.gate.frozen_share, plain)
    labels = [record for record in records if record.kind == LABEL]
    own = {plain(one.text): (spoken(one.text), one.intent) for one in designers_own()}
    made = {
        plain(str(text)): (str(text), str(one.content["name"]))
        for one in records
        if one.kind == INTENT
        for text in one.content["examples"]
    }
    trusted = {**own, **made, **own}.values()
    return _Material(
        labels,
        _encoded([(str(one.content["text"]), str(one.content["intent"])) for one in labels]),
        _encoded(trusted),
        [text for text, _ in own.values()],
    )


def _encoded(pairs: Collection[tuple[str, str]]) -> Labelled:
    vectors = np.asarray(intent_encoder().encode([text for text, _ in pairs]))
    return Labelled(vectors, [intent for _, intent in pairs])


def _some(labelled: Labelled, places: Sequence[int]) -> Labelled:
    chosen = list(places)
    return Labelled(labelled.vectors[chosen], [labelled.intents[place] for place in chosen])


def _joined(one: Labelled, other: Labelled) -> Labelled:
    return Labelled(np.vstack([one.vectors, other.vectors]), [*one.intents, *other.intents])


def _nearer_to_others(material: _Material, place: int) -> float:
    """How much nearer the nearest message of another intent is than that of the label's own (cosines)."""
    known = _joined(material.trusted, _some(material.learned, [n for n in _places(material) if n != place]))
    near = known.vectors @ material.learned.vectors[place]
    same = np.array([intent == material.learned.intents[place] for intent in known.intents])
    return float(near[~same].max(initial=-1) - near[same].max(initial=-1))


def _places(material: _Material) -> range:
    return range(len(material.labels))


def _contradiction(material: _Material, place: int) -> str:
    """Names what speaks against a label: the designer's nearest examples of other intents."""
    intent = material.learned.intents[place]
    near = material.trusted.vectors[: len(material.texts)] @ material.learned.vectors[place]
    others = [n for n in np.argsort(-near) if material.trusted.intents[n] != intent][:_NAMED]
    named = ", ".join(f"{material.texts[n]!r} ({material.trusted.intents[n]}, {near[n]:.2f})" for n in others)
    return f"others speak against {intent}: nearest are {named}"


def _told(broke: Sequence[tuple[Broken, float]]) -> str:
    """What a label most likely broke, in words."""
    named = [
        f"{one.what} ({one.text!r}, {similarity:.2f} alike: "
        + (f"{one.was} became {one.now})" if one.was != one.now else f"less sure of {one.was})")
        for one, similarity in broke[:_NAMED]
    ]
    more = f" and {len(broke) - _NAMED} more" if len(broke) > _NAMED else ""
    return f"most likely broke {'; '.join(named)}{more}"
