"""What a language model may know of the customer: the facts that the settings allow, no more."""

from collections.abc import Callable, Mapping

import structlog

from actions.context import Services
from actions.crm.backend import CrmError
from actions.identity import owns
from actions.order_wording import spoken_status
from actions.shop.backend import Order, ShopError
from actions.turn import Turn, said_before
from actions.voicing import moment_of
from actions.wording import day
from llm.prompts.context import CustomerContext

logger = structlog.get_logger(__name__)

# So much of what was said before is enough to know what is spoken of.
_REMEMBERED = 6


def context_of(turn: Turn, services: Services) -> CustomerContext:
    """The context of a turn; what `services.told` does not name stays empty."""
    moment = moment_of(turn)
    told = services.told
    return CustomerContext(
        language=turn.language,
        channel=turn.channel,
        mood=moment.mood if "mood" in told else "",
        intent=moment.intent,
        topic=moment.topic if "topic" in told else "",
        facts=tuple(
            fact for name, of in _FACTS.items() if name in told for fact in _asked(of, turn, services)
        ),
        history=tuple(said_before(turn, _REMEMBERED)) if "history" in told else (),
        voice=services.voice.instructions(moment),
    )


def order_fact(order: Order, services: Services) -> str:
    """An order's state in one sentence."""
    dates = {
        "placed on": order.placed_on,
        "expected on": order.expected_on if order.delivered_on is None else None,
        "delivered on": order.delivered_on,
        "cancelled on": order.cancelled_on,
    }
    known = [f"{words} {day(when, services.today)}" for words, when in dates.items() if when]
    return f"{', '.join([f'Order {order.number} is {spoken_status(order.status)}', *known])}."


def _order(turn: Turn, services: Services) -> list[str]:
    """The order that is spoken of, if the customer has shown that it is theirs."""
    if not owns(turn.slots, services):
        return []
    order = services.shop.find_order(str(turn.slots["order_number"]))
    return [order_fact(order, services)] if order else []


def _profile(turn: Turn, services: Services) -> list[str]:
    customer = turn.slot("verified_customer")
    profile = services.crm.customer_profile(int(customer)) if customer else None
    if profile is None:
        return []
    since = f"The customer has been with us since {profile.customer_since.year}."
    points = f"The customer is a club member with {profile.points} points."
    return [since, points] if profile.club_member else [since]


def _name(turn: Turn, services: Services) -> list[str]:
    customer = turn.slot("verified_customer")
    record = services.crm.find_customer(int(customer)) if customer else None
    return [f"The customer's first name is {record.first_name}."] if record else []


_Find = Callable[[Turn, Services], list[str]]
# Facts by the name that the setting `prompts.context` knows them by.
_FACTS: Mapping[str, _Find] = {"order": _order, "profile": _profile, "name": _name}


def _asked(of: _Find, turn: Turn, services: Services) -> list[str]:
    """An answer from the help centre does not need the shop: what cannot be asked is left out."""
    try:
        return of(turn, services)
    except (ShopError, CrmError) as error:
        logger.warning("context.fact.missing", fact=of.__name__.strip("_"), error=type(error).__name__)
        return []
