"""What an action says, as plain values: a response's name and what fills it. Words stand in `domain/`."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from actions.context import Services
from actions.shop.backend import Order, OrderLine, Product, Variant
from llm.answering import Answer, Citation

Button = dict[str, str]

LONGEST_TITLE = 60


@dataclass(frozen=True)
class Say:
    """One message.

    Attributes:
        response: Its name in the domain.
        values: Fill the response's placeholders.
        buttons: Added after the response's own.
        citations: `{"title", "heading", "url"}` each; they travel with the message.
        things: What it shows, in order, so that "the second one" and "the cheaper one" can be understood.
        answered: How an answer of the help centre was made; kept in the tracker, shown to no customer.
    """

    response: str
    values: Mapping[str, Any] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    citations: tuple[Mapping[str, str], ...] = ()
    things: tuple[Mapping[str, Any], ...] = ()
    answered: Mapping[str, Any] = field(default_factory=dict)


def thing(entity: str, value: str, **attributes: Any) -> Mapping[str, Any]:
    """Something that a message shows, with what customers may tell it by."""
    return {"entity": entity, "value": value, "attributes": attributes}


@dataclass(frozen=True)
class Reply:
    """What an action says and changes. `events` come after the slots."""

    says: tuple[Say, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[dict[str, Any], ...] = ()


def say(response: str, **values: Any) -> Reply:
    """A reply of one message that changes nothing."""
    return Reply((Say(response, values),))


def button(title: str, intent: str, entities: Mapping[str, str] | None = None) -> Button:
    """A button that stands for an intent."""
    values = json.dumps(dict(entities)) if entities else ""
    return {"title": _short(title), "payload": f"/{intent}{values}"}


def text_button(title: str, text: str | None = None) -> Button:
    """A button that says a text as if the customer had written it."""
    return {"title": _short(title), "payload": text or title}


def _short(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"


def money(amount: Decimal) -> str:
    """`£1,089.50`."""
    return f"£{amount:,.2f}"


def day(when: date | datetime | None, today: date) -> str:
    """`Tuesday 12 March`, with the year if it is another one; empty for None."""
    if when is None:
        return ""
    text = f"{when:%A} {when.day} {when:%B}"
    return text if when.year == today.year else f"{text} {when.year}"


def line(item: OrderLine) -> str:
    """`2 × Scafell Rain Jacket (blue, M)`."""
    return f"{item.quantity} × {item.product} ({variant(item.colour, item.size)})"


def lines(order: Order) -> str:
    """An order's lines with their prices, one under the other."""
    return "\n".join(f"- {line(item)}: {money(item.unit_price * item.quantity)}" for item in order.lines)


def items(order: Order, most: int = 3) -> str:
    """An order's contents within a sentence."""
    shown = [line(item) for item in order.lines[:most]]
    return ", ".join(shown) + (f" + {len(order.lines) - most}" if len(order.lines) > most else "")


def variant(colour: str | None, size: str | None) -> str:
    """`blue, M`; "one size" is left out where there is a colour."""
    known = [part for part in (colour, size) if part and not (part == "one size" and colour)]
    return ", ".join(known)


def in_stock(variants: Iterable[Variant]) -> str:
    """What is on the shelf, by colour: `- blue: S, M`."""
    sizes: dict[str, list[str]] = {}
    for found in variants:
        if found.stock > 0:
            sizes.setdefault(found.colour, []).append(found.size)
    return "\n".join(
        f"- {colour}" + ("" if of == ["one size"] else f": {', '.join(of)}") for colour, of in sizes.items()
    )


def product_lines(products: Iterable[Product]) -> str:
    """Products with their prices, one under the other."""
    return "\n".join(f"- {found.name}, {money(found.price)}" for found in products)


def citation_values(citations: Iterable[Citation], services: Services) -> tuple[Mapping[str, str], ...]:
    """Citations as channels show them."""
    return tuple(
        {
            "title": citation.title,
            "heading": citation.heading_path[-1] if citation.heading_path else "",
            "url": services.link(citation),
        }
        for citation in citations
    )


def how_answered(answer: Answer) -> Mapping[str, Any]:
    """What made an answer, for learning from it; no words of the customer."""
    return {
        "generator": answer.generator,
        "prompt": answer.prompt,
        "confidence": round(answer.confidence, 4),
        "grounded": answer.grounded,
        "passages": [
            {
                "document": passage.chunk.document,
                "anchor": passage.chunk.anchor,
                "version": passage.chunk.version,
                "score": round(float(passage.score), 4),
            }
            for passage in answer.passages
        ],
    }


def sources(citations: Iterable[Mapping[str, str]]) -> str:
    """Citations as a line of text, for channels that show none."""
    return "; ".join(
        f"{cited['title']}{' – ' + cited['heading'] if cited['heading'] else ''} ({cited['url']})"
        for cited in citations
    )
