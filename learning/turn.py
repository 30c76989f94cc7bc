"""A turn: one customer message with everything that followed until the next."""

from dataclasses import dataclass, fields
from typing import Any

# Channels' thumbs.
UP, DOWN = "up", "down"


@dataclass(frozen=True)
class Turn:
    """What is known of a turn. Texts are as the tracker store has them: personal data masked.

    Attributes:
        id: made of conversation and first event; the same whenever it is harvested.
        conversation: a pseudonym; who wrote cannot be read from it.
        number: of the turn in its conversation, from 1 on.
        at: seconds since the epoch.
        channel: where it came in, such as `web`.
        message_id: the customer message's, by which feedback names it.
        text: what the customer wrote; a button's payload begins with "/".
        asked: further questions of the same message.
        language: two letters.
        sentiment, sentiment_score: label, and -1 (angry) to 1 (pleased).
        mood: of the conversation so far, -1 to 1.
        personal: kinds of personal data that were masked.
        intent, confidence: what the message means most probably, and how probable that is (0–1).
        ranking: intents with confidences, best first.
        unknown: probability that it means nothing the assistant knows.
        entities: names and values.
        band, why: what the router decided, such as `do`, `confirm`, `fallback`, and its reason.
        routed: the intent that was acted on; may be one like `nlu_fallback`.
        repeat_tier, repeat_similarity: 1 for a first asking, and likeness to the one before.
        form, requested_slot: what was being filled in when the message came.
        form_after: what is being filled in after it.
        actions: names with seconds, in order.
        policies: who chose them.
        responses: names of what was said, in order.
        reply: all that was said, a line each.
        seconds: until the last of it.
        citations: cited sections, `document#anchor`.
        passages: considered passages: document, anchor, version and score.
        generator, prompt: what wrote the answer, and by which prompt.
        answer_confidence: that the knowledge holds the answer (0–1).
        feedback: `up`, `down` or nothing.
        handed_over: the conversation went to a person in this turn.
        by_person: the reply is a colleague's.
        correction: what a colleague wrote instead of the assistant's reply.
        denied: permission was refused.
        model, assistant: ids of what answered.
        first_event, last_event: ids in the tracker store.
    """

    id: str
    conversation: str
    number: int
    at: float
    channel: str = ""
    message_id: str = ""
    text: str = ""
    asked: tuple[str, ...] = ()
    language: str = ""
    sentiment: str = ""
    sentiment_score: float = 0.0
    mood: float = 0.0
    personal: tuple[str, ...] = ()
    intent: str = ""
    confidence: float = 0.0
    ranking: tuple[tuple[str, float], ...] = ()
    unknown: float = 0.0
    entities: tuple[tuple[str, str], ...] = ()
    band: str = ""
    why: str = ""
    routed: str = ""
    repeat_tier: int = 0
    repeat_similarity: float = 0.0
    form: str = ""
    requested_slot: str = ""
    form_after: str = ""
    actions: tuple[tuple[str, float], ...] = ()
    policies: tuple[str, ...] = ()
    responses: tuple[str, ...] = ()
    reply: str = ""
    seconds: float = 0.0
    citations: tuple[str, ...] = ()
    passages: tuple[dict[str, Any], ...] = ()
    generator: str = ""
    prompt: str = ""
    answer_confidence: float | None = None
    feedback: str = ""
    handed_over: bool = False
    by_person: bool = False
    correction: str = ""
    denied: bool = False
    model: str = ""
    assistant: str = ""
    first_event: int = 0
    last_event: int = 0

    @property
    def is_button(self) -> bool:
        """The customer pressed a button that names an intent."""
        return self.text.startswith("/")

    @property
    def is_answer_to_form(self) -> bool:
        """The message was an answer that a form had asked for."""
        return bool(self.requested_slot)


FIELDS = tuple(field.name for field in fields(Turn))
