"""Gives a conversation back from a person to the assistant."""

from __future__ import annotations

from rapport.client import Assistant
from rapport.errors import RapportError
from rapport.secret_files import API_KEY, read_secret
from rapport.settings import Settings


def hand_back(settings: Settings, conversation: str) -> str:
    """Resumes a conversation and closes its hand-over in the CRM.

    Returns:
        What was done, in a line.

    Raises:
        RapportError: the conversation is not with a person.
        NotRunning: Rasa does not run.
    """
    from actions.crm.embedded import EmbeddedCrm
    from actions.shop.database import make_engine

    assistant = Assistant(settings, read_secret(API_KEY))
    paused = bool(assistant.tracker(conversation).get("paused"))
    closed = EmbeddedCrm(make_engine(settings.shop.database_url)).close_handover(conversation)
    if not paused and not closed:
        raise RapportError(f"The conversation {conversation!r} is not with a person: check the id.")
    if paused:
        assistant.append_event(conversation, {"event": "resume"})
    return f"{conversation} is the assistant's again"
