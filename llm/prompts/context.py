"""What is known about a customer when a question is asked, as plain values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CustomerContext:
    """Who asks, and in which situation. Nothing here is needed; what is not known is empty.

    Example:
        >>> CustomerContext(language="en", mood="upset", facts=("Order FH-1001 is out for delivery.",))

    Attributes:
        language: what the conversation is in, two letters.
        channel: where it is held, as Rasa names it.
        mood: `upset`, `calm` or `pleased`.
        intent: what the question was understood as.
        topic: the same in words ("What does delivery cost?").
        facts: sentences from our own tools, each whole by itself. An answer may say them without a source.
        history: what both sides said before, oldest first.
        voice: how the answer is to sound, in words for a language model.
    """

    language: str = ""
    channel: str = ""
    mood: str = ""
    intent: str = ""
    topic: str = ""
    facts: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    voice: str = ""


NOTHING_KNOWN = CustomerContext()
# What is spoken where nothing else is known.
DEFAULT_LANGUAGE = "en"
