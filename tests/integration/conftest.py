"""The whole assistant, started once for all tests that leave it running."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.integration.home import Home, make_home
from tests.integration.talking import Customer, Visitor


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Home]]:
    """Makes project folders: `homes("name", copied=("domain",))`; whatever runs in them is ended."""
    made: list[Home] = []

    def make(name: str, copied: tuple[str, ...] = ()) -> Home:
        made.append(make_home(tmp_path_factory.mktemp(name) / "project", copied))
        return made[-1]

    yield make
    for home in made:
        home.kill()


@pytest.fixture(scope="session")
def home(homes: Callable[..., Home]) -> Home:
    """Where the assistant runs that all tests share; they must leave it running."""
    shared = homes("assistant", copied=("knowledge",))
    shared.up()
    return shared


@pytest.fixture
def customer(home: Home) -> Customer:
    """A customer who has said nothing yet."""
    return Customer(home)


@pytest.fixture
def visitor(home: Home) -> Visitor:
    """A visitor of the chat page with a cookie of their own."""
    return Visitor(home)
