from components.entity_labels import entities_of, labels_of
from tests.unit.components.conftest import entity

TEXT = "swap size 8 for extra large please"
WORDS = [(0, 4), (5, 9), (10, 11), (12, 15), (16, 21), (22, 27), (28, 34)]


def test_what_labels_say_is_what_was_annotated() -> None:
    annotated = [
        entity("size", "8", TEXT, role="from"),
        entity("size", "extra large", TEXT, role="to", group="2"),
    ]
    found = entities_of(TEXT, WORDS, labels_of(WORDS, annotated), [1.0] * len(WORDS))
    assert [{k: v for k, v in e.items() if k != "confidence_entity"} for e in found] == annotated


def test_an_entity_that_ends_inside_a_word_takes_the_whole_word() -> None:
    labels = labels_of(WORDS, [{"entity": "size", "start": 18, "end": 24}])
    assert [label[0] for label in labels] == ["O", "O", "O", "O", "B", "I", "O"]


def test_two_roles_side_by_side_are_two_entities() -> None:
    labels = labels_of(WORDS, [entity("a", "extra", TEXT, role="x"), entity("a", "large", TEXT, role="y")])
    assert [e["value"] for e in entities_of(TEXT, WORDS, labels, [1.0] * 7)] == ["extra", "large"]


def test_labels_that_do_not_fit_together_still_give_their_words() -> None:
    size = labels_of(WORDS, [entity("size", "8", TEXT)])[2][1:]
    odd = ["O", "O", f"I{size}", "O", f"I{size}", f"I{size}", "O"]
    assert [e["value"] for e in entities_of(TEXT, WORDS, odd, [1.0] * 7)] == ["8", "extra large"]


def test_an_entity_is_as_sure_as_its_least_sure_word() -> None:
    labels = labels_of(WORDS, [entity("size", "extra large", TEXT)])
    (found,) = entities_of(TEXT, WORDS, labels, [1, 1, 1, 1, 0.9, 0.6, 1])
    assert found["confidence_entity"] == 0.6


def test_two_of_a_kind_side_by_side_are_two_entities() -> None:
    labels = labels_of(WORDS, [entity("size", "extra", TEXT), entity("size", "large", TEXT)])
    assert [e["value"] for e in entities_of(TEXT, WORDS, labels, [1.0] * 7)] == ["extra", "large"]
