from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message

from components.pii import PII, PersonalDataSpans
from tests.unit.components.conftest import Rasa, entity, said


def processed(rasa: Rasa, message: Message, **config: Any) -> Message:
    component: PersonalDataSpans = rasa.create(PersonalDataSpans, **config)
    [result] = component.process([message])
    return result


def test_a_message_carries_where_personal_data_stands(rasa: Rasa) -> None:
    message = processed(rasa, said("I'm Emma, emma@example.com"))
    assert message.get(PII) == [
        {"start": 4, "end": 8, "kind": "person"},
        {"start": 10, "end": 26, "kind": "email"},
    ]
    assert PII in message.output_properties
    assert not message.get(ENTITIES)


def test_kinds_that_are_asked_for_become_entities(rasa: Rasa) -> None:
    [name] = processed(rasa, said("my name is Emma Hartley"), entities={"person": "name"}).get(ENTITIES)
    assert (name["entity"], name["value"], name["start"], name["end"]) == ("name", "Emma Hartley", 11, 23)


def test_a_name_from_a_list_is_no_entity(rasa: Rasa) -> None:
    message = processed(rasa, said("the Benson arrived"), entities={"person": "name"})
    assert not message.get(ENTITIES)


def test_what_is_called_like_a_person_but_found_as_a_product_is_none(rasa: Rasa) -> None:
    text = "do you have the Anna in blue"
    assert processed(rasa, said(text)).get(PII)
    product = entity("product", "Anna", text)
    message = processed(rasa, said(text, **{ENTITIES: [product]}), entities={"person": "name"})
    assert message.get(PII) == []
    assert message.get(ENTITIES) == [product]


def test_an_entity_that_stands_there_already_is_not_doubled(rasa: Rasa) -> None:
    text = "write to emma@example.com"
    found = entity("email", "emma@example.com", text)
    message = processed(rasa, said(text, **{ENTITIES: [found]}), entities={"email": "email"})
    assert message.get(ENTITIES) == [found]


def test_a_button_holds_nothing(rasa: Rasa) -> None:
    assert processed(rasa, said('/inform{"name": "Emma Hartley"}')).get(PII) == []


@pytest.mark.parametrize(
    ("config", "named"),
    [({"kinds": ["mail"]}, "mail"), ({"kinds": ["email"], "entities": {"person": "x"}}, "person")],
)
def test_wrong_settings_are_named(rasa: Rasa, config: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidConfigException, match=named):
        rasa.create(PersonalDataSpans, **config)
