"""Something learned: what a reviewer accepted, with where it comes from, so that it can be undone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

# What an item asks for, and what comes of it: an example of an intent; an intent the assistant lacks;
# another answer; an article to write; a test of a conversation; which of two answers is better.
LABEL, INTENT, ANSWER, ARTICLE, STORY, PREFERENCE = (
    "label",
    "intent",
    "answer",
    "article",
    "story",
    "preference",
)
KINDS = (LABEL, INTENT, ANSWER, ARTICLE, STORY, PREFERENCE)
# An example whose label nobody gave: it spread from messages that are alike.
SPREAD = "spread"
WRITTEN = (*KINDS, SPREAD)

# `active` counts in the next dataset; `dropped` was found to do harm by the gate; `erased` was a
# customer's, who asked us to forget it.
ACTIVE, DROPPED, ERASED = "active", "dropped", "erased"


@dataclass(frozen=True)
class Learned:
    """One accepted thing.

    Attributes:
        id: made of kind and content; accepting the same twice makes one.
        kind: one of `WRITTEN`.
        content: by kind.
            `label` and `spread`: text, intent; entities that stand in the text as `[name, as written,
                value]`, if any.
            `intent`: name, description, examples, answer.
            `answer`: question, answer, layer (`nlu`, `rule`, `knowledge` or `preference`), and the
                response (`utter_…`) that was wrong, if it was one; of a rule the intent that was acted on.
            `article`: title, text, questions.
            `story`: name, and steps as Rasa's test format has them.
            `preference`: prompt, chosen, rejected, source; of a comparison where the chosen answer was shown
                and what wrote each.
            Of what was erased: marks, by which it is known again without its words.
        language: two letters.
        item: what was reviewed.
        conversations: pseudonyms of the conversations that it comes from.
        approved_by: reviewers.
        at: when, in seconds since the epoch.
        model: which model answered in those conversations.
        status: `active`, `dropped` or `erased`.
        why: it was dropped or erased.
    """

    id: str
    kind: str
    content: dict[str, Any]
    language: str = ""
    item: str = ""
    conversations: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()
    at: float = 0.0
    model: str = ""
    status: str = ACTIVE
    why: str = ""


def learned_id(kind: str, content: dict[str, Any]) -> str:
    """The same for the same thing, whoever accepts it and when."""
    written = json.dumps([kind, content], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()[:24]
