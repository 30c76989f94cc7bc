"""Actions about products: finding some, describing one, saying what is on the shelf."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from actions.answers import from_knowledge
from actions.base import PlainAction
from actions.context import Services
from actions.further import finished
from actions.shop import normalise
from actions.shop.backend import Product, Variant
from actions.turn import Turn
from actions.wording import Reply, Say, button, in_stock, money, product_lines, say, thing, variant

_MAX_PRICE = re.compile(
    r"(?:under|below|less than|max(?:imum)?|up to|cheaper than|at most|not more than|within)"
    r"\s*(?:of\s*)?£?\s*(\d{1,4})"
    r"|£\s*(\d{1,4})\s*(?:or less|max|at most)"
    r"|(?:unter|bis(?: zu)?|höchstens|maximal|weniger als|nicht mehr als)\s*£?\s*(\d{1,4})\s*(?:£|pfund|gbp)",
    re.IGNORECASE,
)
_FEW = 3
_SHOWN, _CONSIDERED = 5, 40
_EMPTY_WORDS = frozenset(
    {"the", "and", "for", "with", "you", "your", "need", "want", "looking", "some", "any", "have"}
)
_WISHES = ("category", "activity", "colour", "size")


class SearchProducts(PlainAction):
    """Finds products by category, activity, colour, size, price or plain words."""

    def name(self) -> str:
        return "action_search_products"

    def reply(self, turn: Turn, services: Services) -> Reply:
        return search(turn, services)


def search(turn: Turn, services: Services) -> Reply:
    """What fits the wishes of this message; without a few of them if nothing fits all."""
    wishes = {name: value for name in _WISHES if (value := turn.entity(name))}
    price = max_price(turn.words)
    if turn.entity("product") and set(wishes) <= {"category"} and price is None:
        return product_info(turn, services)
    query = None if wishes.get("category") or wishes.get("activity") else turn.entity("product") or turn.words
    if not wishes and price is None and not query:
        return say("utter_ask_search")
    found = closest(turn.words, _search(services, wishes, query, price))
    spoken = _spoken(wishes, turn.entity("product"), price)
    if found and (spoken or query):
        return _found("utter_products_found", found, spoken or _thing(found), turn)
    return _without_details(turn, services, wishes, spoken)


def _without_details(turn: Turn, services: Services, wishes: dict[str, str], spoken: str) -> Reply:
    """Nothing fits all: keep what kind of thing it is and let colour, size and price go."""
    for names in (("category", "activity"), ("category",)):
        kept = {name: value for name, value in wishes.items() if name in names}
        similar = closest(turn.words, _search(services, kept)) if kept else []
        if similar and spoken:
            return _found("utter_products_similar", similar, spoken, turn)
    if spoken:
        return say("utter_products_none", wish=spoken)
    if turn.intent == "recommend_product" and (answer := from_knowledge(turn, turn.words, services)):
        return answer
    named = turn.intent == "search_product" and not turn.is_command
    return say("utter_search_unclear" if named else "utter_ask_search")


def _search(
    services: Services, wishes: Mapping[str, str], query: str | None = None, price: Decimal | None = None
) -> list[Product]:
    category, activity, colour, size = (wishes.get(name) for name in _WISHES)
    return services.shop.search_products(query, category, activity, colour, size, price, _CONSIDERED)


def closest(text: str, found: Sequence[Product]) -> list[Product]:
    """The products with most of the customer's words first ("a tent for 3 people"): the name counts twice."""
    said = _stems(text)

    def shared(product: Product) -> int:
        # A number in a description is a weight as often as a number of people.
        described = {word for word in _stems(product.description) if word.isalpha()}
        return 2 * len(said & _stems(product.name)) + len(said & described)

    # In stock goes before alike; the shop's own order decides between equals.
    return sorted(found, key=lambda one: (not one.in_stock, -shared(one)))[:_SHOWN]


def _stems(text: str) -> set[str]:
    return {word.removesuffix("s") for word in re.findall(r"[a-z]{3,}|\d+", text.casefold())} - _EMPTY_WORDS


def _found(response: str, found: list[Product], wish: str, turn: Turn) -> Reply:
    buttons = tuple(button(one.name, "search_product", {"product": one.name}) for one in found[:_FEW])
    shown = tuple(_shown(one) for one in found)
    message = Say(response, {"wish": wish, "products": product_lines(found)}, buttons, things=shown)
    return finished(turn, (message,))


def _shown(product: Product) -> Mapping[str, object]:
    """A product with what customers tell it by: "the blue one", "the cheaper one"."""
    told_by = {"colour": list(product.colours), "size": list(product.sizes), "category": product.category}
    return thing("product", product.name, price=float(product.price), **told_by)


def _spoken(wishes: dict[str, str], product: str | None, price: Decimal | None) -> str:
    """The wishes as one would say them: "red jackets for hiking, L, under £200.00"."""
    thing = wishes["category"].lower() if "category" in wishes else product
    activity = wishes.get("activity")
    words = [wishes.get("colour"), thing, f"for {activity}" if thing and activity else activity]
    parts = [" ".join(word for word in words if word), wishes.get("size") or ""]
    parts += [f"under {money(price)}"] if price is not None else []
    return ", ".join(part for part in parts if part)


def _thing(found: list[Product]) -> str:
    """The kinds of things that plain words found."""
    return ", ".join(dict.fromkeys(one.category for one in found))


def max_price(text: str) -> Decimal | None:
    """ "under £100" as 100."""
    match = _MAX_PRICE.search(text)
    return Decimal(match[1] or match[2] or match[3]) if match else None


class ProductInfo(PlainAction):
    """Says what a product costs, is and comes in."""

    def name(self) -> str:
        return "action_product_info"

    def reply(self, turn: Turn, services: Services) -> Reply:
        return product_info(turn, services)


def product_info(turn: Turn, services: Services) -> Reply:
    """The product of this message, else the one last spoken of."""
    name = turn.entity("product") or (None if turn.entity("category") else turn.slot("product"))
    if name is None:
        return search(turn, services) if turn.entity("category") else say("utter_ask_product")
    product = services.shop.find_product(name)
    if product is None:
        return say("utter_product_unknown", wish=name)
    values = _values(product)
    response = "utter_price" if turn.intent == "ask_price" else "utter_product_info"
    says = [Say(response, values, things=(_shown(product),))]
    if not product.in_stock:
        says.append(Say("utter_product_sold_out", values))
    return finished(turn, says, {"product": product.name})


def _values(product: Product) -> dict[str, str]:
    return {
        "name": product.name,
        "category_name": product.category,
        "price": money(product.price),
        "description": product.description,
        "colours": ", ".join(product.colours),
        "sizes": ", ".join(product.sizes),
    }


class CheckAvailability(PlainAction):
    """Says whether a product, in a colour and size, is on the shelf."""

    def name(self) -> str:
        return "action_check_availability"

    def reply(self, turn: Turn, services: Services) -> Reply:
        return availability(turn, services)


def availability(turn: Turn, services: Services) -> Reply:
    """What is in stock of the product spoken of.

    A product named afresh does not inherit the colour and size of the one before.
    """
    named = turn.entity("product")
    name = named or (None if turn.entity("category") else turn.slot("product"))
    if name is None:
        return search(turn, services) if turn.entity("category") else say("utter_ask_product")
    product = services.shop.find_product(name)
    if product is None:
        return say("utter_product_unknown", wish=name)
    colour = turn.entity("colour") or (None if named else turn.slot("colour"))
    size = turn.entity("size") or (None if named else turn.slot("size"))
    message = _stock(product, colour, normalise.size(size) if size else None, services)
    slots = {"product": product.name, "colour": colour, "size": size}
    return finished(turn, (message,), slots)


def _stock(product: Product, colour: str | None, size: str | None, services: Services) -> Say:
    every = services.shop.availability(product.name)
    values: dict[str, object] = {**_values(product), "options": in_stock(every)}
    values["variant"] = variant(colour, size)
    if not any(one.stock for one in every):
        return Say("utter_all_sold_out", values)
    if not colour and not size:
        return Say("utter_stock_overview", values)
    wanted = [one for one in every if _fits(one, colour, size)]
    left = sum(one.stock for one in wanted)
    if not wanted:
        return Say("utter_unknown_variant", values)
    if left == 0:
        return Say("utter_sold_out_variant", values)
    if len(wanted) > 1:
        return Say("utter_stock_overview", {**values, "options": in_stock(wanted)})
    return Say("utter_low_stock" if left <= _FEW else "utter_in_stock", {**values, "left": left})


def _fits(one: Variant, colour: str | None, size: str | None) -> bool:
    return (colour is None or one.colour == colour.casefold()) and (
        size is None or one.size.casefold() == size.casefold()
    )
