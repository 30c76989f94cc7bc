"""Street addresses in a text: a core that no other text has (number and street, box, flat), and what follows.

Streets are known by their kind in a dozen European languages, or by a flat's number behind them; town,
postcode and country are taken along as long as commas, line breaks and capitals go on.
"""

from __future__ import annotations

import re
from typing import Iterator, Tuple

from components.name_lists import name_lists

LONGEST = 140  # characters

_NAME = r"[^\W\d_a-zß-öø-ÿ][\w'’.-]*"
_TOWN = r"[^\W\d_a-zß-öø-ÿ](?:[^\W\d_]|['’.-])*"
_OF = r"(?:de|da|do|di|du|des|del|della|la|le|les|of)"
_KIND = (
    r"(?:street|st|road|rd|lane|ln|avenue|ave|av|drive|dr|way|close|court|ct|place|pl|square|sq|terrace|"
    r"crescent|cres|gardens|boulevard|blvd|highway|hwy|parkway|pkwy|grove|mews|walk|row|hill|rise|green|park|"
    r"circle|cir|trail|turnpike|pike|alley|loop|path|run|ridge|plaza|bypass|expressway|freeway|esplanade|quay|"
    r"wharf|yard|view|fields)"
)
_PLAIN_KIND = r"(?:street|road|lane|avenue|drive|close|crescent|terrace|gardens)"
_FLAT = r"(?:(?:suite|ste|apt|apartment|flat|unit|floor|room|wohnung|top|stiege|#)\.?\s*\d+[a-z]?)"
_BEFORE = (
    r"(?:rue|via|viale|corso|piazza|strada|calle|avenida|av\.|plaza|paseo|rua|ulica|ul\.|avenue|boulevard|place|"
    r"quai|allée|chemin|impasse|largo|praça|travessa|vicolo|rruga|bulevardul)"
)
_BEHIND = (
    r"[^\W\d_]*(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|ring|damm|ufer|chaussee|terrasse|brücke|promenade|kai|"
    r"steig|straat|laan|plein|gracht|kade|gatan|gata|vägen|väg|vej|veien|veg|vegen|gade|allé|katu|tie|kuja|polku|"
    r"utca|körút|tér|náměstí|ulice|braut|stígur|vegur|stræti|straeti)"
)
# Behind these, a number and a name are an address.
_SAID = "|".join(
    f"(?<={words} )"
    for words in (
        *(
            "address is",
            "address:",
            "adresse ist",
            "live at",
            "lives at",
            "live in",
            "lived in",
            "located at",
        ),
        *("deliver to", "it to", "sent to", "send to", "ship to", "moved to", "office is at", "is at"),
        *("meet at", "you at", "me at", "stop at", "off at", "arrived at", "wohne in"),
    )
)
_CORES = (
    # 12 High Street; 221b Upper Baker St
    rf"\b(?:\d{{1,5}} )?\d{{1,5}}[a-z]?(?:[-/]\d{{1,4}})?,?"
    rf"(?: (?:{_NAME}|\d{{1,3}}(?:st|nd|rd|th)|of|the)){{1,5}}? (?i:{_KIND})\b\.?",
    # 12 high street, in small letters: only the kinds that say nothing else
    rf"\b\d{{1,5}}[a-z]? [a-z'’]+(?: [a-z'’]+)? {_PLAIN_KIND}\b",
    # Lange Straße 7; Kiannonkatu 98; Hauptstr. 5a
    rf"\b(?:\d{{1,5}} )?(?:{_NAME} ){{0,2}}(?=[^\W\d_])(?i:{_BEHIND}) \d{{1,4}}(?:[ ]?[a-z])?\b",
    # Piroska u. 97
    rf"\b(?:\d{{1,5}} )?(?:{_NAME} ){{1,2}}(?i:u|út|ul|ulice|str)\.? \d{{1,4}}\b",
    # Am Markt 3: German streets whose kind comes first
    r"\b(?:Am|An der|Im|In der|Auf der|Zum|Zur|Unter den|Alte[rn]?|Neue[rn]?) "
    r"[A-ZÄÖÜ][a-zäöüß-]+ \d{1,4}[a-z]?\b",
    # 12 rue de la Paix; Via Roma 12; Calle Mayor, 5
    rf"\b(?:\d{{1,5}},? )?(?i:{_BEFORE}) (?:{_OF} )*{_NAME}(?: {_NAME})?,? \d{{1,5}}\b",
    rf"\b\d{{1,5}},? (?i:{_BEFORE}) (?:{_OF} )*{_NAME}",
    # 6750 Koskikatu 25 Apt. 864: whatever the street, a flat stands behind it
    rf"\b\d{{1,5}}(?: (?:{_NAME}|\d{{1,4}}|{_OF})){{1,6}}[\s,]*(?i:{_FLAT})\b",
    # 5586 Hauptgasse 31: a number, a name and another number, at the end of a line or a clause
    rf"\b\d{{1,5}}(?: (?:{_NAME}|{_OF})){{1,4}} \d{{1,4}}(?=\s*(?:[,\n.?!;]|$))",
    # the corner of High Street and Mill Lane
    rf"\b(?i:the )?corner of (?:(?:{_NAME}|\d{{1,5}}|of|de|str?) ){{1,6}}"
    rf"and (?:(?:{_NAME}|\d{{1,5}}|of|de)\b ?){{1,5}}",
    # I live at 11 Souterhead; send it to 5 midtvollen 130
    rf"(?i:{_SAID})\d{{1,5}}(?: \d{{1,4}})? {_NAME}(?: (?:{_NAME}|\d{{1,4}}|{_OF})){{0,5}}",
    rf"(?i:{_SAID})\d{{1,5}}(?: [^\W\d_]{{4,}}){{1,3}} \d{{1,4}}\b",
    r"\b(?i:p\.?\s?o\.?\s?box|postfach|unit \d+ box|box) \d{1,6}\b",
    r"\bPSC \d+,? Box \d+|\bUSN[SV] [A-Z]\w+",
)
_CORE = re.compile("|".join(f"(?:{core})" for core in _CORES))
_POSTCODE = (
    r"(?:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]{2}[ -]\d{4,5}(?:-\d{4})?|[A-Z]{1,3}-\d{4,5}|"
    r"\d{4,6}(?:-\d{3,4})?)"
)
# What may follow: a flat, a house number, a postcode, a town, a country.
_NEXT = re.compile(
    rf"(?: ?,\s*|\.?\s*\n[>\s]*,? ?|\.? )(?:(?i:{_FLAT})|{_POSTCODE}\b|(?:DPO|APO|FPO) [A-Z]{{2}}\b|"
    rf"\d{{1,4}}(?=[,\n])|(?:{_OF} )?{_TOWN}(?: (?:{_OF}|{_TOWN})(?=\s|[,.?!>]|$)){{0,4}})"
)


def find_addresses(text: str) -> Iterator[Tuple[int, int]]:
    """Places of addresses, in order."""
    end, stop = 0, name_lists().stop
    for core in _CORE.finditer(text):
        words = core.group().split()
        only_a_year = (
            len(words) == 2 and words[0].casefold() in stop
        )  # "During 2017" ends like a German street
        if core.start() < end or only_a_year:
            continue
        end = _extended(text, core.start(), core.end())
        yield core.start(), end


def _extended(text: str, start: int, end: int) -> int:
    while end - start < LONGEST:
        more = _NEXT.match(text, end)
        if more is None:
            return end
        # "12 High Street. Please …": a full stop ends it, unless a line, a number or a flat goes on.
        stopped = text[end - 1] == "." or more.group().startswith(". ")
        if stopped and not re.search(r"[\d\n]", more.group()):
            return end
        end = more.end()
    return end
