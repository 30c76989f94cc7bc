"""What the learned policy sees of a conversation: its last states as weighted features.

Input are states as Rasa's tracker featurizers make them, oldest first: dictionaries with `user`,
`prev_action`, `slots` and `active_loop`. No Rasa in here.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, Optional, Sequence, Text

ACTION_LISTEN = "action_listen"
NOTHING = "-"
# A state counts this much for each step that it lies back. 0.6 to 0.8 did equally well on held-out stories.
RECENCY = 0.7
# Words of names ("utter_ask_size" has ask and size): like names are a little alike. 0.2 to 0.5 did as well.
NAME_WORDS = 0.3
# The customer's intent counts until the end of the turn, however many actions it takes.
TURN_INTENT = 0.5
_EVERY_NAME_HAS = frozenset({"", "utter", "action"})

State = Mapping[Text, Any]


def conversation_features(states: Sequence[State]) -> Dict[Text, float]:
    """The features of a conversation's last states, each with its weight (0–1)."""
    features: Dict[Text, float] = {}
    for lag, state in enumerate(reversed(states)):
        weight = RECENCY**lag
        features.update({f"{lag} {name}": weight * share for name, share in _state_features(state).items()})
    if states and not _is_customers_turn(states[-1]):
        features[f"turn {intent_of(states[-1])}"] = TURN_INTENT
    return features


def new_intent(states: Sequence[State]) -> Optional[Text]:
    """The intent of a message that just came in and has had no action yet; None in the middle of a turn."""
    return intent_of(states[-1]) if states and _is_customers_turn(states[-1]) else None


def intent_of(state: State) -> Text:
    """The intent of the turn that a state belongs to."""
    return str(state.get("user", {}).get("intent") or NOTHING)


def _state_features(state: State) -> Dict[Text, float]:
    action = _previous_action(state)
    features = {f"action {action}": 1.0, f"loop {state.get('active_loop', {}).get('name', NOTHING)}": 1.0}
    if _is_customers_turn(state):
        features[f"intent {intent_of(state)}"] = 1.0
        features.update({f"entity {entity}": 1.0 for entity in state.get("user", {}).get("entities", ())})
        features.update({f"intent word {word}": NAME_WORDS for word in _words(intent_of(state))})
    else:
        features.update({f"action word {word}": NAME_WORDS for word in _words(action)})
    features.update({f"slot {name} {value}": 1.0 for name, value in _slots(state).items()})
    return features


def _is_customers_turn(state: State) -> bool:
    """Whether the message is new. Rasa repeats it in the states of all actions that follow."""
    return _previous_action(state) == ACTION_LISTEN


def _previous_action(state: State) -> Text:
    previous = state.get("prev_action", {})
    return str(previous.get("action_name") or previous.get("action_text") or NOTHING)


def _slots(state: State) -> Dict[Text, Text]:
    """Slots as Rasa featurizes them: a tuple of numbers, or a name in rules."""
    slots = state.get("slots", {})
    return {
        name: " ".join(map(str, v)) if isinstance(v, (tuple, list)) else str(v) for name, v in slots.items()
    }


def _words(name: Text) -> List[Text]:
    return [word for word in re.split(r"[\W_]+", name.lower()) if word not in _EVERY_NAME_HAS]
