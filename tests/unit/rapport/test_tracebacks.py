from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from rapport.tracebacks import keep_tracebacks_discreet


@pytest.fixture
def configure() -> Iterator[None]:
    """structlog as it was, after the test."""
    original, state = structlog.configure, structlog.get_config()
    keep_tracebacks_discreet()
    yield
    setattr(structlog, "configure", original)  # noqa: B010
    structlog.configure(**state)


def log_a_failure(message: str) -> str:
    """As Rasa logs: JSON, with tracebacks."""
    lines: list[str] = []

    class Collector:
        def error(self, line: str) -> None:
            lines.append(line)

    processors = [
        structlog.processors.add_log_level,
        structlog.processors.dict_tracebacks,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(processors=processors, logger_factory=Collector, cache_logger_on_first_use=False)
    customer_text = "my card is 4111 1111"
    try:
        raise ValueError(message)
    except ValueError:
        structlog.get_logger().error("turn.failed", length=len(customer_text), exc_info=True)
    return lines[0]


@pytest.mark.usefixtures("configure")
def test_a_traceback_holds_no_local_variables() -> None:
    line = log_a_failure("no such order")
    assert "4111" not in line
    assert json.loads(line)["exception"][0]["exc_value"] == "no such order"
    assert json.loads(line)["exception"][0]["frames"][0]["name"] == "log_a_failure"


@pytest.mark.usefixtures("configure")
def test_an_sql_error_does_not_quote_what_was_written() -> None:
    line = log_a_failure(
        "(sqlite3.OperationalError) locked\n[SQL: INSERT …]\n[parameters: ('ada@example.com',)]"
    )
    assert "ada@example.com" not in line
    assert "locked" in line and "[parameters hidden]" in line
