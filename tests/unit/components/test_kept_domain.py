from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.storage.resource import Resource
from rasa.graph_components.providers.domain_provider import DomainProvider
from rasa.shared.core.domain import Domain

from tests.unit.components.conftest import Rasa

PROJECT = Path(__file__).parents[3]
DATED = """
slots: {day: {type: any, initial_value: 2026-11-20, mappings: [{type: custom}]}}
responses: {utter_hi: [{text: "hi"}]}
"""


def keep(rasa: Rasa, domain: Domain) -> Path:
    """Keeps a domain as a training does; returns the folder."""
    rasa.create(DomainProvider)._persist(domain)
    with rasa.storage.read_from(Resource("DomainProvider")) as folder:
        return folder


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.from_path(PROJECT / "domain")


def test_the_domain_comes_back_as_it_was(rasa: Rasa, domain: Domain) -> None:
    keep(rasa, domain)
    loaded = rasa.load(DomainProvider).provide_inference()
    assert loaded.fingerprint() == domain.fingerprint()
    assert loaded.as_dict() == domain.as_dict()


def test_what_rasa_wrote_is_not_read_again(rasa: Rasa, domain: Domain) -> None:
    (keep(rasa, domain) / "domain.yml").write_text("not: [a domain", encoding="utf-8")
    assert rasa.load(DomainProvider).provide_inference().intents == domain.intents


def test_a_model_from_before_and_a_domain_that_json_cannot_hold_are_read_from_yaml(
    rasa: Rasa, domain: Domain
) -> None:
    (keep(rasa, domain) / "domain.json").unlink()
    assert rasa.load(DomainProvider).provide_inference().fingerprint() == domain.fingerprint()
    dated = Domain.from_yaml(DATED)
    folder = keep(rasa, dated)
    assert not (folder / "domain.json").exists()
    assert str(rasa.load(DomainProvider).provide_inference().slots[0].initial_value) == "2026-11-20"
