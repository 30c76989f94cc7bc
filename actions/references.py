"""The action for when it is not certain what "the other one" is: nothing is done on a guess."""

from typing import Any

from actions.base import PlainAction
from actions.context import Services
from actions.further import ask_next
from actions.turn import Turn
from actions.wording import Reply, Say, button


class AskWhich(PlainAction):
    """Asks which of several things is meant; where none is known, does as if none had been named."""

    def name(self) -> str:
        return "action_ask_which"

    def reply(self, turn: Turn, services: Services) -> Reply:
        kind, intent = str(turn.reference.get("entity") or ""), str(turn.reference.get("intent") or "")
        values = [str(value) for value in turn.reference.get("candidates") or ()]
        if not values:
            return Reply((), {kind: None}, _without_it(turn, kind, intent))
        buttons = tuple(button(value, intent, {kind: value}) for value in values)
        response = f"utter_ask_which_{kind}"
        offered = [{"intent": intent, "entities": {kind: value}} for value in values]
        slot = {"current": None, "next": offered, "later": [], "question": turn.words}
        known = response in turn.responses
        return Reply((Say(response if known else "utter_ask_which", {}, buttons),), {"readings": slot})


def _without_it(turn: Turn, kind: str, intent: str) -> tuple[dict[str, Any], ...]:
    """What was wanted, without the thing: the form asks which one it is, instead of taking the one before."""
    entities = {name: value for name, value in turn.entities if name != kind}
    return ask_next([{"text": turn.text, "intent": intent, "confidence": 1.0, "entities": entities}])
