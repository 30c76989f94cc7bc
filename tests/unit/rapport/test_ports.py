from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from rapport.errors import PortInUse
from rapport.ports import check_ports, is_free


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that this process listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_is_named_with_its_program_and_the_way_out(taken: int, free_port: Any) -> None:
    with pytest.raises(PortInUse) as caught:
        check_ports("127.0.0.1", {"rasa_port": taken, "actions_port": free_port()})
    text = str(caught.value)
    assert f"Port {taken} on 127.0.0.1 is in use by process {os.getpid()} (" in text
    assert f"RAPPORT_SERVER__RASA_PORT={taken + 10} rapport up" in text
    assert "\n" not in text


def test_free_ports_pass(free_port: Any) -> None:
    check_ports("127.0.0.1", {"rasa_port": free_port(), "actions_port": free_port()})


def test_one_port_for_both_is_refused(free_port: Any) -> None:
    port = free_port()
    with pytest.raises(PortInUse, match=f"rasa_port and actions_port are both {port}"):
        check_ports("127.0.0.1", {"rasa_port": port, "actions_port": port})


def test_a_port_is_free_again_as_soon_as_its_server_ended(taken: int, free_port: Any) -> None:
    assert not is_free("127.0.0.1", taken)
    assert is_free("127.0.0.1", free_port())
