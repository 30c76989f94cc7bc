"""The report with the real index, a small encoder, and conversations in a real database."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from llm.knowledge.loading import load_documents
from rapport.knowledge_report import report, show, stale
from rapport.secret_files import make_secrets
from rapport.settings import Server, Settings
from tests.unit.rapport.test_knowledge import index, settings
from tests.unit.rapport.test_unanswered import bot, endpoints, user, write

__all__ = ["endpoints", "settings"]


def test_all_kinds_of_findings_are_counted_and_shown(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("knowledge/abroad.md").write_text(
        "---\ntitle: Abroad\nvalid_until: 2026-01-31\n---\n## Prices\n\nDelivery to Ireland costs £12 "
        "and takes 4–6 working days.\n"
    )
    index(settings)
    write(user("Do you rent kayaks?"), bot("utter_dont_know"))
    found = report(settings, stale_months=12, days=90)
    assert found["counts"] == {"contradictions": 1, "duplicates": 0, "stale": 2, "gaps": 1}
    show(found, as_json=False, html=Path("report.html"))
    shown = capsys.readouterr().out
    assert "different prices" in shown and "abroad.md, Prices: Delivery to Ireland costs £12" in shown
    assert "abroad.md: held until 2026-01-31" in shown and "1 × Do you rent kayaks?" in shown
    assert "<li>1 × Do you rent kayaks?" in Path("report.html").read_text(encoding="utf-8")
    show(found, as_json=True, html=None)
    assert json.loads(capsys.readouterr().out) == found


def test_a_running_server_is_asked_for_it_owns_the_index(settings: Settings, serving: Any) -> None:
    make_secrets()
    write(user("Kayaks?"), bot("utter_dont_know"))
    answer = {"contradictions": [], "duplicates": [], "gaps": []}
    with serving({"GET /health": (200, {}), "POST /knowledge/report": (200, answer)}) as server:
        running = settings.model_copy(update={"server": Server(actions_port=server.port)})
        assert report(running, 12, 90)["counts"]["gaps"] == 0
        sent = [body for line, body, _ in server.asked if line == "POST /knowledge/report"]
    assert sent == [{"questions": [{"text": "Kayaks?", "language": ""}]}]


def test_articles_are_stale_after_their_last_day_by_age_and_without_a_date(settings: Settings) -> None:
    (one,) = load_documents(Path("knowledge"))
    cases = [
        replace(one, path="held.md", updated="2026-06-01", valid_until="2026-06-30"),
        replace(one, path="holds.md", updated="2026-06-01", valid_until="2026-07-01"),
        replace(one, path="old.md", updated="2025-06-01"),
        replace(one, path="young.md", updated="2025-08-01"),
        replace(one, path="undated.md", updated="soon"),
    ]
    found = stale(cases, date(2026, 7, 1), months=12)
    assert [item.document for item in found] == ["held.md", "old.md", "undated.md"]
    assert found[1].why == "last looked through 2025-06-01, 13 months ago"
