"""Personal data that is told by its form or by the words before it: a pattern a kind, with its checksum.

Numbers with a checksum are Presidio's recognisers', phone numbers those of Google's library.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Any, Callable, Dict, Iterator, Tuple

import phonenumbers

from components.street_addresses import find_addresses

Places = Iterator[Tuple[int, int]]

# It begins only where such letters begin: tried at every letter of a long word, it would take the square of
# its length.
EMAIL = re.compile(r"(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(
    r"(?<![\w@.-])(?:https?://[^\s<>\"']+|(?:www\.)[\w-]+(?:\.[\w-]+)+(?:/[^\s<>\"']*)?|"
    r"[a-z\d][a-z\d-]*(?:\.[a-z\d-]+)*\.(?:com|org|net|info|biz|gov|edu|io|co\.uk|org\.uk|de|fr|eu)\b(?:/[^\s<>\"']*)?)",
    re.IGNORECASE,
)
_IP = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]{0,4}(?::[\da-f]{0,4}){2,7})(?:/\d{1,3})?(?![\w:]|\.\d)",
    re.I,
)
_DATE = (
    r"(?:\d{1,2}(?:st|nd|rd|th)?[ ./-]+(?:of )?(?:\d{1,2}|[a-zäöü]{3,9})[ ,./-]+\d{2,4}|\d{4}-\d{2}-\d{2}|"
    r"[a-zäöü]{3,9} \d{1,2}(?:st|nd|rd|th)?,? \d{4})"
)
_BORN = re.compile(
    rf"\b(?:born(?: on)?|date of birth|birth ?date|birthday|d\.?o\.?b\.?|"
    rf"geboren(?: am)?|geburtsdatum|geburtstag)"
    rf"(?: (?:is|ist|was|war|on|the|am|der))*[:\s]+(?P<value>{_DATE})",
    re.IGNORECASE,
)
_ZIP = re.compile(
    r"\b(?:zip(?: ?code)?|post ?code|postal code|plz|postleitzahl)"
    r"(?: (?:is|ist|was|number|changed|to))*[:\s]+"
    r"(?P<value>(?:[a-z]{1,3}[- ])?\d{3} \d{2}|(?:[a-z]{1,3}[- ])?\d{3,6}(?:-\d{3,4})?|"
    r"[a-z]\d[a-z] ?\d[a-z]\d|[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})\b",
    re.IGNORECASE,
)
_UK_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}\b")
_CALL = re.compile(
    r"\b(?:phone|tel(?:ephone)?|mobile|cell|fax|call(?:ed|ing)?|ring|reach|text|sms|whatsapp|dial|"
    r"number|handy|telefon|"
    r"answering|contact|messages?|anrufen|rufnummer|nummer)\b"
    r"[^\d\n+(]{0,25}\n?\s*(?P<value>[+(]?\d[\d ()./-]{4,18}\d)(?![\d-])",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"(?P<value>(?<!\d)[+(]?\d[\d ()./-]{4,18}\d)"
    r"[\s,(-]{0,3}(?:office|fax|mobile|cell|home|work|mobil|privat)\b",
    re.I,
)
_OTHER_NUMBER = re.compile(
    r"order|ticket|invoice|account|card|customer|bestell|rechnung|konto|kunden|iban|zip", re.I
)
_LICENCE = re.compile(
    r"\b(?:driv(?:er|ing)(?:['’]?s)? licen[cs]e|licen[cs]e (?:number|no\.?)|"
    r"führerschein(?:nummer)?)\W[^\d\n]{0,30}?"
    r"(?P<value>\b(?=[a-z\d-]*\d)[a-z\d][a-z\d-]{4,18}\b)",
    re.IGNORECASE,
)
_NATIONAL = re.compile(
    r"\b(?:social security|ssn|national insurance|nino|passport|tax id|steuer-?id|personalausweis|reisepass|"
    r"id card|nhs number|sozialversicherungsnummer|identity number)\b"
    r"[^\d\n]{0,30}?(?P<value>\b[a-z]{0,3}-?\d[a-z\d]*(?:[ -][a-z]?\d[a-z\d]*)*(?:[ -]?[a-z]\b)?)",
    re.IGNORECASE,
)
_SSN = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_CARD = re.compile(r"(?<![\d-])[2-6](?:[ -]?\d){11,18}(?![\d-])|\b(?=1800|2131)\d{15}\b")
# What Presidio's checksummed recognisers are asked for; its other kinds go by patterns too weak to mask by.
_CHECKED = {
    "iban": ("IbanRecognizer", "IBAN_CODE"),
    "national_id": ("UkNinoRecognizer", "UK_NINO"),
}


def find_phones(text: str, region: str) -> Places:
    """Numbers that are valid in the region or with a country code, and what is said to be a phone number."""
    for match in phonenumbers.PhoneNumberMatcher(text, region):
        yield match.start, match.end
    for start, end in (*_values(_CALL)(text), *_values(_LABELLED)(text)):
        digits = sum(character.isdigit() for character in text[start:end])
        if 6 <= digits <= 15 and not _OTHER_NUMBER.search(text, max(0, start - 25), start):
            yield start, end


def _all(pattern: re.Pattern[str]) -> Callable[[str], Places]:
    return lambda text: (match.span() for match in pattern.finditer(text))


def _values(pattern: re.Pattern[str]) -> Callable[[str], Places]:
    return lambda text: (match.span("value") for match in pattern.finditer(text))


def _urls(text: str) -> Places:
    for match in _URL.finditer(text):
        yield match.start(), match.start() + len(match.group().rstrip(".,;:!?)"))


def _ips(text: str) -> Places:
    for match in _IP.finditer(text):
        try:
            ipaddress.ip_interface(match.group())
        except ValueError:
            continue
        yield match.span()


def _cards(text: str) -> Places:
    return (match.span() for match in _CARD.finditer(text) if _luhn(match.group()))


def _luhn(number: str) -> bool:
    """The checksum of ISO/IEC 7812-1."""
    digits = [int(character) for character in reversed(number) if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _checked(kind: str) -> Callable[[str], Places]:
    def find(text: str) -> Places:
        recognizer, entity = _recognizers()[kind]
        capitals = text.upper()
        shown = capitals if len(capitals) == len(text) else text
        for found in recognizer.analyze(shown, [entity]):
            blank = len(text[found.start : found.end]) - len(text[found.start : found.end].lstrip())
            yield found.start + blank, found.end

    return find


@lru_cache(maxsize=1)
def _recognizers() -> Dict[str, Tuple[Any, str]]:
    """Presidio's, loaded with the first long number: its import takes a second of every start otherwise."""
    import presidio_analyzer.predefined_recognizers as presidio

    return {kind: (getattr(presidio, name)(), entity) for kind, (name, entity) in _CHECKED.items()}


# Kind, what finds it, and how many digits a text has at least that holds one.
FINDERS: Tuple[Tuple[str, Callable[[str], Places], int], ...] = (
    ("email", _all(EMAIL), 0),
    ("url", _urls, 0),
    ("ip", _ips, 2),
    ("card", _cards, 12),
    ("iban", _checked("iban"), 10),
    ("national_id", _checked("national_id"), 6),
    ("national_id", _all(_SSN), 9),
    ("national_id", _values(_NATIONAL), 4),
    ("driver_license", _values(_LICENCE), 2),
    ("date_of_birth", _values(_BORN), 3),
    ("postcode", _values(_ZIP), 2),
    ("postcode", _all(_UK_POSTCODE), 2),
    ("address", find_addresses, 1),
)
