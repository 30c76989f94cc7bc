from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.progress import Progress

from rapport.errors import PortInUse, RapportError, SettingsError
from rapport.fingerprint import write_parts
from rapport.secret_files import make_secrets
from rapport.settings import Server, Settings, Shop
from rapport.steps import LOCK, keys, one_at_a_time, seed_shop, set_up, train_model
from rapport.training import model_parts, parts_file


@pytest.fixture
def shop(project: Path) -> Settings:
    """Settings with a shop in the test's own folder."""
    return Settings(shop=Shop(database_url="sqlite:///var/shop.db", today=date(2026, 5, 18)))


def test_keys_are_made_once(project: Path) -> None:
    assert keys() == "keys: made var/secrets/channel.key, var/secrets/api.key"
    assert keys() == "keys: there"


def test_a_shop_is_filled_once_and_left_alone_afterwards(shop: Settings) -> None:
    assert seed_shop(shop) == "shop: filled var/shop.db"
    before = Path("var/shop.db").stat().st_mtime_ns
    assert seed_shop(shop) == "shop: var/shop.db"
    assert Path("var/shop.db").stat().st_mtime_ns == before
    assert seed_shop(shop, fresh=True) == "shop: filled var/shop.db"


def test_a_shop_in_use_is_not_thrown_away(shop: Settings, serving: Callable[..., Any]) -> None:
    seed_shop(shop)
    make_secrets()
    with serving({"GET /health": (200, {})}) as server:
        used = shop.model_copy(update={"server": Server(actions_port=server.port)})
        with pytest.raises(RapportError, match="using the shop's database: stop the assistant"):
            seed_shop(used, fresh=True)
    assert Path("var/shop.db").stat().st_size > 0


@pytest.mark.parametrize("url", ["sqlite://", "shop.db"])
def test_an_address_that_is_none_is_refused_with_its_key(project: Path, url: str) -> None:
    with pytest.raises(SettingsError, match=r"shop\.database_url cannot be used"):
        seed_shop(Settings(shop=Shop(database_url=url)))


def test_a_current_model_is_not_trained_again(project: Path) -> None:
    model = Path("models/a.tar.gz")
    model.parent.mkdir()
    model.touch()
    write_parts(parts_file(model), model_parts())
    assert train_model(Settings(), Progress(disable=True)) == "model: models/a.tar.gz"


def test_ports_are_looked_at_before_anything_is_made(project: Path, serving: Callable[..., Any]) -> None:
    with serving({}) as server, pytest.raises(PortInUse):
        set_up(Settings(server=Server(rasa_port=server.port)))
    assert not Path("var").exists()


def test_a_second_set_up_waits_for_the_first_and_says_so(project: Path, capfd: Any) -> None:
    LOCK.parent.mkdir()
    code = f"""
import time, filelock
with filelock.FileLock({str(LOCK)!r}):
    print("held", flush=True)
    time.sleep(1)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout and other.stdout.readline() == "held\n"
        with one_at_a_time():
            assert other.poll() is not None or other.wait(timeout=5) == 0
    assert "another set-up is running here" in capfd.readouterr().out
