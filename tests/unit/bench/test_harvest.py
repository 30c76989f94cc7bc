import json

import pytest

from bench.harvest import TURNS, run


def test_made_up_conversations_are_harvested_whole(capsys: pytest.CaptureFixture[str]) -> None:
    run(60)
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["turns"] == 60 * TURNS and figures["turns_per_minute"] > 0
    assert 0 < figures["flagged"] < figures["turns"]
