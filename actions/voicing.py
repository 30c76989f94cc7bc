"""Gives the help centre's answers the voice of `rapport.yml: style`, where a reply is put into words.

Words of sympathy are not said here: Rasa's response chooser says those before whatever comes first in a
turn.
"""

from dataclasses import replace

from actions.turn import Turn
from actions.wording import Reply, Say
from llm.voice.choosing import Turns
from llm.voice.speaking import Moment, Voice

# Responses whose `answer` is the help centre's. The second leads up to it with words of its own.
PLAIN, AS_UNDERSTOOD = "utter_answer", "utter_answer_as_understood"
_NOT_SURE = "nlu_confirm"
_IN_FORM = "requested_slot"


def voiced(reply: Reply, turn: Turn, voice: Voice) -> Reply:
    """A reply whose answers are in the voice; with a neutral one it is the reply itself."""
    if not any(message.response in (PLAIN, AS_UNDERSTOOD) for message in reply.says):
        return reply
    last = len(reply.says) - 1
    # A form asks its own question next; an event of a reply takes up the message's next question.
    waits = bool(turn.slot(_IN_FORM)) or bool(reply.events)
    return replace(
        reply,
        says=tuple(
            _said(message, turn, voice, waits or place < last) for place, message in enumerate(reply.says)
        ),
    )


def moment_of(turn: Turn, goes_on: bool = False, led: bool = False) -> Moment:
    """When something is said in a turn.

    Args:
        turn: the customer's message.
        goes_on: something else follows at once.
        led: the response leads up to the answer in its own words.
    """
    intent = str(turn.route.get("intent") or "") if turn.intent == _NOT_SURE else turn.intent
    return Moment(
        turns=Turns(turn.sender_id, turn.number),
        channel=turn.channel,
        mood=turn.slot("mood") or "",
        language=turn.language,
        intent=intent,
        topic=turn.wording(f"utter_title_{intent}") or "",
        goes_on=goes_on,
        cared=True,
        greeted=turn.goes_on,
        led=led,
    )


def _said(message: Say, turn: Turn, voice: Voice, goes_on: bool) -> Say:
    if message.response not in (PLAIN, AS_UNDERSTOOD) or not message.values.get("answer"):
        return message
    moment = moment_of(turn, goes_on, led=message.response == AS_UNDERSTOOD)
    answer = voice.answer(str(message.values["answer"]), moment)
    return replace(message, values={**message.values, "answer": answer})
