"""Fits the pair model (`components/pair_model.py`) on the groups of `bench/repeat_pairs.yml`.

Written near-misses are harder than what customers send, so they alone would teach that shared words mean
"another question". Three more kinds of pairs even that out, all made from the same groups: the same question
in another wrapping ("how do I …", "what is the best way to …", a typo, "please"), its nearest neighbours in
other groups, and others a little further away. A strong penalty on all but the cosine keeps the correction
small: what the pairs do not show clearly stays with the encoder.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from scipy.optimize import minimize

from components.pair_model import FILE, PairModel, features, named_features

PAIRS = Path(__file__).with_name("repeat_pairs.yml")
# How much a pair counts, by where it comes from; then both labels are scaled: SHARE_OF_SAME ask the same.
WEIGHTS = {
    "written": 1.5,
    "wrapped": 1.0,
    "rough": 0.5,
    "near_miss": 0.4,
    "near_misses_of_one_group": 0.5,
    "neighbour": 3.0,
    "further": 3.0,
}
SHARE_OF_SAME = 0.37
PENALTY, COSINE_PENALTY = 0.1, 1e-4
# What begins like this may begin like any of those.
WRAPPINGS = [
    (
        r"how (?:do|can|could|should|would) (?:i|you|one|we) (.+)",
        [
            "How do I {}",
            "How can I {}",
            "What is the best way to {}",
            "how to {}",
            "Is there a way to {}",
            "What should I do to {}",
            "I want to {}, how?",
            "What are some ways to {}",
        ],
    ),
    (
        r"(?:what is|what's|whats) (.+)",
        ["What's {}", "What is {}", "Can you tell me {}", "do you know {}"],
    ),
    (r"what are (.+)", ["What are {}", "What are some of {}", "Can you name {}", "tell me {}"]),
    (
        r"(?:can|could|may) (?:i|you|we|one) (.+)",
        ["Can I {}", "Is it possible to {}", "Am I able to {}", "Can one {}"],
    ),
    (r"(?:why does|why do|why is|why are|why) (.+)", ["Why {}", "How come {}", "why is it that {}"]),
    (r"(?:is it|would it be) (.+)", ["Is it {}", "Would it be {}", "do you think it is {}"]),
]


@dataclass(frozen=True)
class Group:
    """Ways to ask one thing, and near-misses: each of those asks something else."""

    same: tuple[str, ...]
    other: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """A pair with its label, the number of its group, and where it comes from (a key of WEIGHTS)."""

    one: str
    other: str
    same: bool
    group: int
    kind: str


def read_groups(file: Path = PAIRS) -> list[Group]:
    """Reads the written groups.

    Raises:
        ValueError: a group has fewer than two ways to ask its question; the sentence says which.
    """
    groups = []
    for number, entry in enumerate(yaml.safe_load(file.read_text(encoding="utf-8"))["groups"], 1):
        group = Group(tuple(entry.get("same") or ()), tuple(entry.get("other") or ()))
        if len(group.same) < 2:
            raise ValueError(f"{file}: group {number} {list(group.same)} needs at least two under `same`.")
        groups.append(group)
    return groups


def examples(
    groups: Sequence[Group], encode: Callable[[list[str]], np.ndarray], seed: int = 0
) -> list[Example]:
    """All pairs that the model is fitted on."""
    rng = random.Random(seed)
    pairs: list[Example] = []
    for number, group in enumerate(groups):
        pairs += _of_group(group, number, rng)
    return pairs + list(_across_groups(groups, encode, rng))


def _of_group(group: Group, number: int, rng: random.Random) -> Iterator[Example]:
    def pair(one: str, other: str, same: bool, kind: str) -> Example:
        return Example(one, other, same, number, kind)

    for one, other in _couples(group.same):
        yield pair(one, other, True, "written")
        yield pair(_rewrapped(one, rng), _rewrapped(other, rng), True, "wrapped")
    for text in group.same + group.other:
        wrapped = _wrappings(text)
        for other in rng.sample(wrapped, min(2, len(wrapped))):
            yield pair(text, other, True, "wrapped")
        yield pair(text, rng.choice(_rough(text, rng)), True, "rough")
    for miss in group.other:
        yield from (
            pair(text, miss, False, "near_miss") for text in (*group.same, _rewrapped(group.same[0], rng))
        )
    yield from (pair(one, other, False, "near_misses_of_one_group") for one, other in _couples(group.other))


def _across_groups(groups: Sequence[Group], encode: Callable, rng: random.Random) -> Iterator[Example]:
    """Half of all questions with one of the four nearest of other groups; some with one further away."""
    texts = [(text, number) for number, group in enumerate(groups) for text in group.same + group.other]
    numbers = np.array([number for _, number in texts])
    vectors = encode([text for text, _ in texts])
    for text, number, row in zip((text for text, _ in texts), numbers, vectors @ vectors.T):
        nearest = np.argsort(-np.where(numbers == number, -1.0, row))
        if rng.random() < 0.5:
            yield Example(text, texts[rng.choice(list(nearest[:4]))][0], False, int(number), "neighbour")
        if rng.random() < 0.2:
            yield Example(text, texts[rng.choice(list(nearest[4:60]))][0], False, int(number), "further")


def _couples(texts: Sequence[str]) -> list[tuple[str, str]]:
    return [(one, other) for place, one in enumerate(texts) for other in texts[place + 1 :]]


def _wrappings(text: str) -> list[str]:
    bare = text.rstrip("?. ")
    for pattern, frames in WRAPPINGS:
        if match := re.fullmatch(pattern, bare, re.IGNORECASE):
            made = [frame.format(match[1]) for frame in frames]
            return [other for other in made if other.lower() != bare.lower()]
    return []


def _rough(text: str, rng: random.Random) -> list[str]:
    bare = text.rstrip("?. ")
    lower = bare[0].lower() + bare[1:]
    wrapped = [
        f"please {lower}",
        f"hi, {lower}?",
        f"{bare} please",
        f"I'd like to know: {lower}",
        f"So {lower}",
    ]
    return [bare.lower(), _with_typo(bare, rng), f"{bare} again??", *wrapped]


def _rewrapped(text: str, rng: random.Random) -> str:
    return rng.choice(_wrappings(text) * 2 + _rough(text, rng))


def _with_typo(text: str, rng: random.Random) -> str:
    """One letter of one longer word left out, doubled or swapped with the next."""
    words = text.split()
    places = [place for place, word in enumerate(words) if len(word) > 4]
    if places:
        place = rng.choice(places)
        word, at = words[place], rng.randrange(1, len(words[place]) - 2)
        slips = (word[at + 1 :], word[at] * 2 + word[at + 1 :], word[at + 1] + word[at] + word[at + 2 :])
        words[place] = word[:at] + rng.choice(slips)
    return " ".join(words)


def fit(pairs: Sequence[Example], encode: Callable[[list[str]], np.ndarray]) -> PairModel:
    """Logistic regression with a penalty on all weights but the cosine's (see the module's words)."""
    ours, theirs = encode([pair.one for pair in pairs]), encode([pair.other for pair in pairs])
    cosines = (ours * theirs).sum(axis=1)
    values = np.stack([features(p.one, p.other, float(c)) for p, c in zip(pairs, cosines)])
    same = np.array([pair.same for pair in pairs])
    weight = np.array([WEIGHTS[pair.kind] for pair in pairs])
    weight *= np.where(same, SHARE_OF_SAME / weight[same].sum(), (1 - SHARE_OF_SAME) / weight[~same].sum())
    mean, scale = values.mean(axis=0), values.std(axis=0) + 1e-6
    scaled = (values - mean) / scale
    penalty = np.array([COSINE_PENALTY, *[PENALTY] * (scaled.shape[1] - 1)])

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        weights = parameters[:-1]
        logits = scaled @ weights + parameters[-1]
        missed = weight * (1 / (1 + np.exp(-logits)) - same)
        value = (weight * (np.logaddexp(0, logits) - same * logits)).sum() + (penalty * weights**2).sum() / 2
        return value, np.append(scaled.T @ missed + penalty * weights, missed.sum())

    found = minimize(loss, np.zeros(scaled.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return PairModel(tuple(mean), tuple(scale), tuple(found[:-1]), float(found[-1]))


def write(model: PairModel, file: Path = FILE) -> None:
    """Writes a model as the JSON file that the assistant reads."""
    rows = zip(named_features("", "", 0.0), model.mean, model.scale, model.weights)
    parts = {
        name: {"mean": round(mean, 5), "scale": round(scale, 5), "weight": round(weight, 4)}
        for name, mean, scale, weight in rows
    }
    values = {"features": parts, "bias": round(model.bias, 4)}
    file.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
