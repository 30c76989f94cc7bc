"""Invents customers from people.yml; every e-mail is at a domain reserved for examples."""

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from actions.shop.normalise import slug

_PEOPLE: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("people.yml").read_text(encoding="utf-8"))
# Royal Mail does not use C I K M O V in the last two letters.
_POSTCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


def postal_address(rng: random.Random) -> tuple[str, str]:
    """A street and town, and a postcode of that town."""
    town = rng.choice(list(_PEOPLE["towns"]))
    letters = rng.choice(_POSTCODE_LETTERS) + rng.choice(_POSTCODE_LETTERS)
    postcode = f"{rng.choice(_PEOPLE['towns'][town])} {rng.randint(1, 9)}{letters}"
    return f"{rng.randint(1, 148)} {rng.choice(_PEOPLE['streets'])}, {town}, {postcode}", postcode


def customers(
    rng: random.Random, first_id: int, count: int, today: date
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows for `customers` and `addresses`; about every eighth customer has a second address."""
    people, places = [], []
    seen: dict[str, int] = {}
    for key in range(first_id, first_id + count):
        first, last = rng.choice(_PEOPLE["first_names"]), rng.choice(_PEOPLE["last_names"])
        since = today - timedelta(days=rng.randint(420, 2200))
        people.append(_person(key, first, last, _email(rng, first, last, seen), since, rng.random() < 0.45))
        places.append(_place(key, postal_address(rng), True))
        if rng.random() < 0.12:
            places.append(_place(key, postal_address(rng), False))
    return people, places


def _email(rng: random.Random, first: str, last: str, seen: dict[str, int]) -> str:
    name = f"{slug(first)}.{slug(last)}"
    seen[name] = seen.get(name, 0) + 1
    suffix = "" if seen[name] == 1 else str(seen[name])
    return f"{name}{suffix}@{rng.choice(('example.com', 'example.org'))}"


def _person(key: int, first: str, last: str, email: str, since: date, member: bool) -> dict[str, Any]:
    person = {"id": key, "first_name": first, "last_name": last, "email": email, "since": since}
    return {**person, "club_member": member, "points": 0}


def _place(customer_id: int, place: tuple[str, str], is_account: bool) -> dict[str, Any]:
    return {"customer_id": customer_id, "text": place[0], "postcode": place[1], "is_account": is_account}
