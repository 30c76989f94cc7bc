"""Where paragraphs and lines begin. Only white space changes: words, figures and their order stay."""

import re

from llm.voice.dimensions import AUDIBLE, MUCH
from llm.voice.style import Style

_PARAGRAPH = re.compile(r"\n\s*\n")
# The end of a sentence, the quotes and brackets after it included.
_END = re.compile(r"(?<=[.!?…])([\"')\]”’“»]*)\s+(?=[\"'„“‘«(\[]*[A-ZÄÖÜ0-9£€])")
# A bare number of one or two digits is a day ("12. Mai") or a step ("1. Open it").
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|approx|no|nos|st|mr|mrs|ms|dr|prof|vs|min|max|incl|tel|nr|bzw|ca|ggf|inkl|evtl|usw|vgl"
    r"|str|z\.\s?B|d\.\s?h|u\.\s?a|i\.\s?d\.\s?R)|(?<![\d.,:–£€$])\b\d{1,2}|\b[A-Z])\.$",
    re.IGNORECASE,
)
_STEP = re.compile(r"(?<=[.!?:;]) +(?=\d{1,2}[.)] +[A-ZÄÖÜ])")
_LISTED = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s")
_PAIRS = {"“": "”", "„": "“", "«": "»", "(": ")", "[": "]"}
# Sentences and characters that a short paragraph holds at most, by how short they are wanted.
_SHORT, _VERY_SHORT = (3, 320), (2, 180)
# A lead-in ("You need:") with at least so many items is a list.
_FEWEST_ITEMS = 3


def laid_out(text: str, style: Style) -> str:
    """A text with its paragraphs and lists as a style wants them.

    Only blanks and line breaks differ from the text given; a style that wants neither returns it as it is.
    """
    if style["structure"] >= AUDIBLE:
        text = _lists_on_lines(text)
    wanted = style["paragraphs"]
    if wanted <= -AUDIBLE:
        return _one_block(text)
    if wanted >= AUDIBLE:
        most = _VERY_SHORT if wanted >= MUCH else _SHORT
        return "\n\n".join(_shorter(paragraph, *most) for paragraph in _PARAGRAPH.split(text))
    return text


def sentences(text: str) -> list[str]:
    """A text's sentences, without the white space between them."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        if _ABBREVIATION.search(text[start : end.start()]) or _is_inside(text[: end.end(1)]):
            continue
        found.append(text[start : end.end(1)].strip())
        start = end.end()
    return [one for one in [*found, text[start:].strip()] if one]


def _shorter(paragraph: str, most_sentences: int, most_characters: int) -> str:
    if any(_LISTED.match(line) for line in paragraph.splitlines()) or "\n" in paragraph:
        return paragraph
    groups: list[list[str]] = [[]]
    for sentence in sentences(paragraph):
        length = sum(len(one) + 1 for one in groups[-1]) + len(sentence)
        if groups[-1] and (len(groups[-1]) >= most_sentences or length > most_characters):
            groups.append([])
        groups[-1].append(sentence)
    return "\n\n".join(" ".join(group) for group in groups)


def _one_block(text: str) -> str:
    parts = _PARAGRAPH.split(text)
    if any("\n" in part or _LISTED.match(part) for part in parts):
        return text
    return " ".join(part.strip() for part in parts)


def _lists_on_lines(text: str) -> str:
    return "\n\n".join(_with_lists(paragraph) for paragraph in _PARAGRAPH.split(_STEP.sub("\n", text)))


def _with_lists(paragraph: str) -> str:
    """A list is a paragraph of its own."""
    if "\n" in paragraph:
        return paragraph
    parts = [_list_on_lines(one) for one in sentences(paragraph)]
    joined = ""
    for before, part in zip(["", *parts], parts):
        apart = "\n\n" if "\n" in before or "\n" in part else " "
        joined += f"{apart if joined else ''}{part}"
    return joined


def _list_on_lines(sentence: str) -> str:
    lead, colon, rest = sentence.partition(": ")
    items = rest.split("; ")
    if not colon or len(items) < _FEWEST_ITEMS or _is_inside(lead) or any(_is_inside(one) for one in items):
        return sentence
    return f"{lead}:\n" + ";\n".join(items)


def _is_inside(text: str) -> bool:
    """Whether a text ends within quotes or brackets."""
    open_pairs = any(text.count(begin) > text.count(end) for begin, end in _PAIRS.items() if begin != "“")
    english = text.count("“") > text.count("”") + text.count("„")
    return open_pairs or english or text.count('"') % 2 == 1
