from __future__ import annotations

import numpy as np
import pytest

from learning.labels.discovery import assign, discover, matter
from learning.labels.naming import name_clusters

TOPICS = {
    "parcel": ("where is my parcel", "my parcel is late", "track the parcel please"),
    "refund": ("i want a refund", "when comes the refund", "refund me the money"),
    "password": ("reset my password", "the password is lost", "a new password please"),
}


def scattered(sizes: tuple[int, ...], dim: int = 60, noise: float = 0.06) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors around as many directions as there are sizes, in mixed order, and where each belongs."""
    random = np.random.default_rng(3)
    labels = random.permutation(np.repeat(np.arange(len(sizes)), sizes))
    vectors = np.eye(dim)[labels] + random.normal(0, noise, (len(labels), dim))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), labels


def test_messages_that_say_the_same_become_a_cluster_and_nobody_tells_how_many_there_are() -> None:
    vectors, labels = scattered((40, 30, 25, 20))
    found, _ = assign(vectors)
    pairs = set(zip(found.tolist(), labels.tolist()))
    assert len(pairs) == 4, "each cluster is one group and each group one cluster"


def test_clusters_have_a_name_of_telling_words_and_central_examples_that_differ() -> None:
    vectors, labels = scattered((40, 30, 25))
    texts = [TOPICS[list(TOPICS)[label]][place % 3] for place, label in enumerate(labels)]
    clusters = discover(texts, vectors)
    assert [len(cluster.members) for cluster in clusters] == [40, 30, 25]
    assert [next(word for word in TOPICS if word in cluster.name) for cluster in clusters] == list(TOPICS)
    for cluster in clusters:
        examples = [texts[place] for place in cluster.examples]
        assert len(examples) == len(set(examples)) == 3
        assert set(cluster.examples) <= set(cluster.members)


def test_groups_that_are_too_small_are_left_out() -> None:
    vectors, _ = scattered((40, 30, 2))
    texts = ["parcel"] * len(vectors)
    sizes = [len(cluster.members) for cluster in discover(texts, vectors, fewest=35)]
    assert sizes
    assert min(sizes) >= 35


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hi there, good morning! I want a quote", "I want a quote"),
        ("Guten Tag, wo ist mein Paket", "wo ist mein Paket"),
        ("hello", "hello"),
        ("history of my orders", "history of my orders"),
    ],
)
def test_a_greeting_is_not_the_matter_of_a_message(text: str, left: str) -> None:
    assert matter(text) == left


def test_words_that_all_clusters_share_name_none() -> None:
    texts = [[f"i ask to know about a {word}"] * 3 for word in ("parcel", "refund")]
    names = name_clusters(texts)
    assert "parcel" in names[0]
    assert "refund" in names[1]
    assert len(set(name_clusters([["refund"], ["refund"], ["?"]]))) == 3


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_handful_of_messages_is_one_group_and_no_error(count: int) -> None:
    vectors, _ = scattered((5,))
    found = discover(["a parcel"] * count, vectors[:count], fewest=1)
    assert [len(cluster.members) for cluster in found] == ([count] if count else [])


def test_each_text_needs_its_vector() -> None:
    with pytest.raises(ValueError, match="1 texts and 5 vectors"):
        discover(["a"], scattered((5,))[0])


def test_messages_that_are_all_the_same_are_one_cluster() -> None:
    labels, _ = assign(np.tile(np.eye(8)[:1], (50, 1)))
    assert set(labels.tolist()) == {0}
