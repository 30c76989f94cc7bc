"""The whole assistant, started once for all tests that leave it running."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path

import pytest

from rapport.training import why_train
from tests.integration.home import CHECKOUT, Home, make_home
from tests.integration.talking import Customer, Visitor


@pytest.fixture(scope="session", autouse=True)
def set_up_checkout() -> None:
    """Tests borrow the checkout's model, encoder and index; they never make them."""
    needed = [CHECKOUT / "var/encoder", CHECKOUT / "var/chroma", CHECKOUT / "var/secrets/api.key"]
    problems = [f"{path} is missing" for path in needed if not path.exists()]
    with chdir(CHECKOUT):
        old = why_train(Path("models"))
    if problems or old:
        pytest.exit(f"{'; '.join(problems) or old}: run `make setup` first", returncode=1)


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
    shared = homes("assistant")
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


@pytest.fixture
def project(homes: Callable[..., Home], tmp_path: Path) -> Home:
    """A project folder that a test may spoil; nothing runs in it."""
    return homes("project", copied=("domain", "knowledge"))
