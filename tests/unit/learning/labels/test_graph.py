from __future__ import annotations

import numpy as np

from learning.labels.choice import choose
from learning.labels.doubts import find_doubts
from learning.labels.examples import plain_examples
from learning.labels.graph import build_graph, margins, spread, spread_without
from tests.unit.learning.labels.groups import groups


def test_one_label_a_group_tells_what_all_its_messages_mean() -> None:
    vectors, labels = groups((30, 20, 10))
    places = np.array([0, 30, 50])
    believed = spread(build_graph(vectors), places, labels[places], 3)
    assert (believed.argmax(1) == labels).all()
    assert np.allclose(believed.sum(1), 1)
    assert margins(believed).min() > 0.5


def test_a_label_known_of_many_does_not_drown_one_known_of_few() -> None:
    """Two messages halfway between groups: with one label known of 20 and one of 1, chance alone decides."""
    vectors, labels = groups((25, 25), noise=0.2, dim=6)
    places = np.array([*range(20), 25])
    believed = spread(build_graph(vectors), places, labels[places], 2)
    assert (believed[26:].argmax(1) == 1).mean() > 0.9


def test_what_is_left_without_a_messages_own_label_is_what_spreads_when_it_is_not_known() -> None:
    vectors, labels = groups((12, 12, 12), noise=0.3)
    graph, places = build_graph(vectors), np.array([0, 1, 2, 12, 13, 14, 24, 25, 26])
    without = spread_without(graph, places, labels[places], 3, [1, 4])
    for row, position in zip(without, (1, 4)):
        rest = np.delete(places, position)
        assert np.allclose(row, spread(graph, rest, labels[rest], 3)[places[position]], atol=1e-4)


def test_messages_that_no_label_reaches_have_none() -> None:
    vectors, _ = groups((11, 11), noise=0.0)
    believed = spread(build_graph(vectors, neighbours=5), np.array([0]), np.array([0]), 2)
    assert not believed[11:].any()


def test_one_message_alone_makes_a_graph_without_edges() -> None:
    graph = build_graph(np.eye(3, dtype=np.float32)[:1])
    assert graph.edges.nnz == 0
    assert spread(graph, np.array([0]), np.array([1]), 2)[0].argmax() == 1


def test_the_largest_group_of_which_nothing_is_known_is_asked_about_first_and_none_twice() -> None:
    vectors, labels = groups((30, 40, 20))
    graph = build_graph(vectors)
    believed = spread(graph, np.array([0]), np.array([0]), 3)
    chosen = choose(graph, believed, list(range(1, 90)), 2)
    assert labels[chosen].tolist() == [1, 2]


def test_a_higher_priority_is_asked_about_before_what_would_settle_more() -> None:
    vectors, labels = groups((30, 40, 20))
    graph = build_graph(vectors)
    believed = spread(graph, np.array([0]), np.array([0]), 3)
    urgent = [10 if labels[place] == 2 else 8 for place in range(1, 90)]
    assert labels[choose(graph, believed, list(range(1, 90)), 2, urgent)].tolist() == [2, 2]
    assert choose(graph, believed, [], 5) == []
    assert sorted(choose(graph, believed, [7, 8], 5)) == [7, 8]


def test_a_wrong_answer_is_doubted_and_the_right_ones_are_not() -> None:
    vectors, labels = groups((40, 40, 40), noise=0.12)
    places = np.array([*range(10), *range(40, 50), *range(80, 90)])
    said = labels[places].copy()
    said[4] = 2
    doubts = find_doubts(build_graph(vectors), vectors, places, said, 3, range(len(places)))
    assert [(doubt.position, doubt.label, doubt.instead) for doubt in doubts] == [(4, 2, 0)]
    assert not find_doubts(build_graph(vectors), vectors, places, said, 3, [])


def test_training_takes_the_answers_and_so_many_plain_messages_but_none_that_is_held_back() -> None:
    believed = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.05, 0.95], [0.1, 0.9], [0.0, 1.0]])
    places, labels = plain_examples(believed, np.array([5]), np.array([0]), 3, np.array([4]))
    assert dict(zip(places.tolist(), labels.tolist())) == {5: 0, 0: 0, 1: 0, 3: 1}
    few, _ = plain_examples(believed, np.array([5]), np.array([0]), 1, np.array([], int))
    assert sorted(few)[-1] == 5
    assert len(few) == 2
