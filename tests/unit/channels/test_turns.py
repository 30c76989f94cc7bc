import asyncio
from typing import Any

import pytest

from channels.turns import TurnFailed, TurnRunning, Turns, TurnTooSlow

pytestmark = pytest.mark.asyncio


async def fail() -> None:
    raise RuntimeError("customer text that must not be logged")


async def test_a_turn_runs_to_its_end() -> None:
    done: list[int] = []

    async def turn() -> None:
        done.append(1)

    turns = Turns(1)
    await turns.run("ada", turn())
    assert done == [1] and not turns.is_running("ada")


async def test_a_failing_turn_is_told_apart_and_its_message_not_logged(capsys: Any) -> None:
    with pytest.raises(TurnFailed):
        await Turns(1).run("ada", fail())
    logged = capsys.readouterr()
    assert "RuntimeError" in logged.out + logged.err
    assert "customer text" not in "".join(
        line for line in (logged.out + logged.err).splitlines() if "error" in line and "debug" not in line
    )


async def test_a_slow_turn_goes_on_after_its_time_limit() -> None:
    done = asyncio.Event()

    async def turn() -> None:
        await asyncio.sleep(0.1)
        done.set()

    turns = Turns(0.02)
    with pytest.raises(TurnTooSlow):
        await turns.run("ada", turn())
    assert turns.is_running("ada")
    await asyncio.wait_for(done.wait(), 1)
    await asyncio.sleep(0)
    assert not turns.is_running("ada")


async def test_a_second_turn_of_the_same_sender_is_refused_while_the_first_runs() -> None:
    turns = Turns(1)
    first = asyncio.ensure_future(turns.run("ada", asyncio.sleep(0.1)))
    await asyncio.sleep(0)
    with pytest.raises(TurnRunning):
        await turns.run("ada", asyncio.sleep(0))
    await turns.run("ben", asyncio.sleep(0))
    await first


async def test_a_turn_survives_the_caller_hanging_up() -> None:
    done = asyncio.Event()

    async def turn() -> None:
        await asyncio.sleep(0.05)
        done.set()

    caller = asyncio.ensure_future(Turns(1).run("ada", turn()))
    await asyncio.sleep(0.01)
    caller.cancel()
    await asyncio.wait_for(done.wait(), 1)
