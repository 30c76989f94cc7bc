"""Reads texts with marked spans of personal data.

Two formats, told apart by their structure:

    [{"text": "mail emma@example.com", "spans": [{"start": 5, "end": 21, "kind": "email"}]}]
    [{"full_text": "…", "spans": [{"start_position": 5, "end_position": 21, "entity_type": "EMAIL_ADDRESS"}]}]
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Names of kinds elsewhere (Presidio's) and here; those of our own are taken as they are.
KIND_OF = {
    "PERSON": "person",
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "STREET_ADDRESS": "address",
    "ZIP_CODE": "postcode",
    "IP_ADDRESS": "ip",
    "DOMAIN_NAME": "url",
    "URL": "url",
    "US_SSN": "national_id",
    "UK_NINO": "national_id",
    "UK_NHS": "national_id",
    "US_ITIN": "national_id",
    "US_PASSPORT": "national_id",
    "US_DRIVER_LICENSE": "driver_license",
}


class SpansFileError(ValueError):
    """A file with marked spans is not as it should be."""


@dataclass(frozen=True)
class Span:
    """Characters of a text that are of a kind."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Marked:
    """A text with what should be found in it."""

    text: str
    spans: tuple[Span, ...]


def read_spans(file: Path) -> list[Marked]:
    """Reads either format.

    Raises:
        SpansFileError: with the file, the place and what to do.
    """
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SpansFileError(
            f"{file} cannot be read ({error.strerror}): give a JSON file with texts."
        ) from error
    except ValueError as error:
        raise SpansFileError(f"{file} is no JSON: {error}.") from error
    if not isinstance(rows, list) or not rows:
        raise SpansFileError(f'{file} must be a list of {{"text": …, "spans": […]}} with one text or more.')
    return [_marked(file, place, row) for place, row in enumerate(rows)]


def _marked(file: Path, place: int, row: Any) -> Marked:
    try:
        text = row["text"] if "text" in row else row["full_text"]
        spans = tuple(_span(span) for span in row["spans"])
        if not isinstance(text, str) or any(not 0 <= s.start < s.end <= len(text) for s in spans):
            raise ValueError("a span lies outside its text")
    except (KeyError, TypeError, ValueError) as error:
        raise SpansFileError(
            f'{file}, text {place}: {error!r}. It needs "text" and "spans" with "start", "end" and "kind".'
        ) from error
    return Marked(text, spans)


def _span(span: dict[str, Any]) -> Span:
    if "entity_type" in span:
        kind = str(span["entity_type"])
        return Span(int(span["start_position"]), int(span["end_position"]), KIND_OF.get(kind, kind))
    kind = str(span["kind"])
    return Span(int(span["start"]), int(span["end"]), KIND_OF.get(kind, kind))
