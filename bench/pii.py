"""How much personal data is found: recall and precision of each kind on a file of texts with marked spans.

A marked span counts as found when spans of its kind cover half of its characters or more; a found span is
right when half of its characters or more lie in marked spans of its kind. `masked` is the share of the marked
characters that any found span covers, of whatever kind. Kinds that are not claimed are listed apart, with how
much of them is masked.
"""

from __future__ import annotations

import json
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.pii_files import KIND_OF, Marked, Span, SpansFileError, read_spans

ENOUGH = 0.5
# A date of birth is right where a date is marked: files rarely tell the two apart.
ALSO_RIGHT = {"date_of_birth": ("DATE_TIME",)}


@dataclass
class Counts:
    """What was counted of a kind."""

    marked: int = 0
    hit: int = 0
    found: int = 0
    right: int = 0
    characters: int = 0
    masked: int = 0


@dataclass
class Result:
    """All counts of one finder, and milliseconds of each text."""

    name: str
    counts: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    milliseconds: list[float] = field(default_factory=list)


Finder = Callable[[str], Sequence[Span]]


def our_finder(region: str) -> Finder:
    """What masks conversations."""
    from components.personal_data import PersonalData

    detector = PersonalData(region)
    return lambda text: [Span(found.start, found.end, found.kind) for found in detector.find(text)]


def presidio_finder() -> Finder:
    """Stock Presidio: its own recognisers, on a blank spaCy pipeline since no model is downloaded."""
    import spacy
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "en_core_web_sm"}])
    engine.nlp = {"en": spacy.blank("en")}
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    _keep_offline()

    def find(text: str) -> list[Span]:
        found = analyzer.analyze(text, language="en")
        return [Span(r.start, r.end, KIND_OF.get(r.entity_type, r.entity_type)) for r in found]

    return find


def _keep_offline() -> None:
    """Its e-mail recogniser fetches the list of top-level domains otherwise; a copy is in the package."""
    import tldextract

    offline = tldextract.TLDExtract(suffix_list_urls=())
    tldextract.extract = offline.__call__


def measure(name: str, finder: Finder, texts: Sequence[Marked], claimed: frozenset[str]) -> Result:
    """Runs a finder over all texts."""
    result = Result(name)
    finder("My name is Emma, 07911 123456, GB82 WEST 1234 5698 7654 32.")  # loads what is loaded late
    for marked in texts:
        began = time.perf_counter()
        found = finder(marked.text)
        result.milliseconds.append((time.perf_counter() - began) * 1000)
        _count(result.counts, marked, [span for span in found if span.kind in claimed])
    return result


def _count(counts: dict[str, Counts], marked: Marked, found: Sequence[Span]) -> None:
    anything = _characters(found)
    for span in marked.spans:
        own, count = _characters(found, span.kind), counts[span.kind]
        places = set(range(span.start, span.end))
        count.marked += 1
        count.hit += len(places & own) >= ENOUGH * len(places)
        count.characters += len(places)
        count.masked += len(places & anything)
    for span in found:
        places = set(range(span.start, span.end))
        own = _characters(marked.spans, span.kind, *ALSO_RIGHT.get(span.kind, ()))
        counts[span.kind].found += 1
        counts[span.kind].right += len(places & own) >= ENOUGH * len(places)


def _characters(spans: Sequence[Span], *kinds: str) -> set[int]:
    return {place for s in spans if not kinds or s.kind in kinds for place in range(s.start, s.end)}


def figures(result: Result, claimed: frozenset[str]) -> dict[str, Any]:
    """Recall and precision over all claimed kinds, and of each."""
    claims = {kind: count for kind, count in sorted(result.counts.items()) if kind in claimed}
    every = [*claims.values()]
    return {
        "recall": _ratio(sum(c.hit for c in every), sum(c.marked for c in every)),
        "precision": _ratio(sum(c.right for c in every), sum(c.found for c in every)),
        "masked": _ratio(sum(c.masked for c in every), sum(c.characters for c in every)),
        "ms_p50": round(statistics.median(result.milliseconds), 3),
        "ms_max": round(max(result.milliseconds), 2),
        "kinds": {kind: _of_kind(count) for kind, count in claims.items()},
        "not_claimed": {
            kind: {"marked": count.marked, "masked": _ratio(count.masked, count.characters)}
            for kind, count in sorted(result.counts.items())
            if kind not in claimed
        },
    }


def _of_kind(count: Counts) -> dict[str, Any]:
    return {
        "recall": _ratio(count.hit, count.marked),
        "precision": _ratio(count.right, count.found),
        "masked": _ratio(count.masked, count.characters),
        "marked": count.marked,
        "found": count.found,
    }


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def table(name: str, found: dict[str, Any]) -> str:
    """The figures for people."""
    rows = [(name, {**found, "marked": "", "found": ""}), *found["kinds"].items()]
    lines = [f"{'kind':<18}{'recall':>8}{'precision':>11}{'masked':>8}{'marked':>8}{'found':>7}"]
    for kind, row in rows:
        cells = [
            "-" if row[key] is None else row[key]
            for key in ("recall", "precision", "masked", "marked", "found")
        ]
        lines.append(f"{kind:<18}{cells[0]:>8}{cells[1]:>11}{cells[2]:>8}{cells[3]:>8}{cells[4]:>7}")
    apart = [
        f"{kind} ({row['marked']}, {row['masked']} masked)" for kind, row in found["not_claimed"].items()
    ]
    lines += [f"not claimed: {', '.join(apart)}"] if apart else []
    return "\n".join([*lines, f"a text takes {found['ms_p50']} ms (median), {found['ms_max']} ms at most"])


def run(
    file: Path,
    first: float = 0.0,
    after: float = 0.0,
    against: Sequence[str] = (),
    region: str = "US",
    show: bool = False,
) -> None:
    """Measures and prints; the last line is one JSON object."""
    from components.personal_data import KINDS

    texts = read_spans(file)
    texts = texts[int(after * len(texts)) : int(first * len(texts)) if first else None]
    if not texts:
        raise SpansFileError(f"{file}: --after {after} and --first {first} leave no text.")
    claimed = frozenset(KINDS)
    ours = measure("ours", our_finder(region), texts, claimed)
    found = figures(ours, claimed)
    counted = Counter(span.kind for marked in texts for span in marked.spans)
    print(f"{len(texts)} texts, {sum(counted.values())} marked spans")
    print(table("ours", found))
    if show:
        _show(texts, our_finder(region), claimed)
    if "presidio" in against:
        theirs = figures(measure("presidio", presidio_finder(), texts, claimed), claimed)
        print(table("presidio", theirs))
        found["presidio"] = theirs
    print(json.dumps({"texts": len(texts), **found}))


def _show(texts: Sequence[Marked], finder: Finder, claimed: frozenset[str]) -> None:
    """Prints what was missed and what was found wrongly."""
    for marked in texts:
        found = finder(marked.text)
        counts: dict[str, Counts] = defaultdict(Counts)
        _count(counts, marked, found)
        kinds = [k for k, c in counts.items() if k in claimed and (c.hit < c.marked or c.right < c.found)]
        if kinds:
            wanted = [f"{s.kind}={marked.text[s.start : s.end]!r}" for s in marked.spans if s.kind in kinds]
            got = [f"{s.kind}={marked.text[s.start : s.end]!r}" for s in found if s.kind in kinds]
            print(f"{marked.text!r}\n  wanted {', '.join(wanted)}\n  found  {', '.join(got)}")
