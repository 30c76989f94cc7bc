"""A freshly seeded shop on a real SQLite file for every test, copied from one that is built once."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa_sdk.executor import ActionExecutor
from sqlalchemy.engine import Engine

from actions.context import Services
from actions.crm.embedded import EmbeddedCrm
from actions.shop.database import make_engine
from actions.shop.embedded import EmbeddedShop
from actions.shop.seed.build import create_and_seed
from llm.answerability import FEATURES, Answerability
from llm.answering import Answerer
from llm.knowledge.index import KnowledgeIndex
from tests.unit.actions.chat import ROOT, Chat, executor
from tests.unit.llm.conftest import DELIVERY, RETURNS, HashingEncoder

# The small encoder's similarities are not MiniLM's: answer whenever half of the question's words are covered.
BY_COVERAGE = Answerability(tuple(10.0 * (name == "meaning_coverage") for name in FEATURES), -5.0, 0.5)


@pytest.fixture(scope="session")
def today() -> date:
    """A Wednesday; the day of every seeded shop and of every clock here."""
    return date(2026, 3, 11)


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory, today: date) -> Path:
    """The shop as seeded; copy it, never write to it."""
    path = tmp_path_factory.mktemp("shop") / "shop.db"
    create_and_seed(f"sqlite:///{path}", today)
    return path


@pytest.fixture
def shop_file(tmp_path: Path, seeded_file: Path) -> Path:
    """This test's own copy."""
    return Path(shutil.copy(seeded_file, tmp_path / "shop.db"))


@pytest.fixture
def engine(shop_file: Path) -> Iterator[Engine]:
    """An engine on this test's copy that gives up on locks quickly."""
    engine = make_engine(f"sqlite:///{shop_file}", busy_timeout_seconds=0.2)
    yield engine
    engine.dispose()


@pytest.fixture
def shop(engine: Engine, today: date) -> EmbeddedShop:
    """The shop, standing still at `today`."""
    return EmbeddedShop(engine, lambda: today)


@pytest.fixture
def shop_at(engine: Engine) -> Callable[[date], EmbeddedShop]:
    """The same shop on another day."""
    return lambda day: EmbeddedShop(engine, lambda: day)


@pytest.fixture
def crm(engine: Engine, today: date) -> EmbeddedCrm:
    """The CRM, standing still at noon of `today`."""
    return EmbeddedCrm(engine, lambda: datetime(today.year, today.month, today.day, 12, tzinfo=UTC))


@pytest.fixture(scope="session")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    """A help centre of two articles; it answers whatever shares half of the question's words."""
    folder = tmp_path_factory.mktemp("knowledge")
    (folder / "delivery.md").write_text(DELIVERY, encoding="utf-8")
    (folder / "returns.md").write_text(RETURNS, encoding="utf-8")
    with KnowledgeIndex(folder.parent / "index", HashingEncoder()) as index:
        index.update(folder)
        yield Answerer(index, answerability=BY_COVERAGE)


@pytest.fixture
def services(shop: EmbeddedShop, crm: EmbeddedCrm, answerer: Answerer, today: date) -> Services:
    """What actions work with, at noon of `today`."""
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    return Services(shop, crm, answerer, link_base="/help/", now=lambda: noon)


@pytest.fixture(scope="session")
def domain() -> Domain:
    """The designers' domain, as it is."""
    return Domain.load(str(ROOT / "domain"))


@pytest.fixture(scope="session")
def actions() -> ActionExecutor:
    """Every action of the package."""
    return executor()


@pytest.fixture
def chat(services: Services, domain: Domain, actions: ActionExecutor) -> Chat:
    """A conversation with a customer whom nobody knows yet."""
    return Chat(services, domain, actions)
