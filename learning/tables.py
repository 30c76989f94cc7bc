"""The learning database's tables. Times are seconds since the epoch."""

import sqlalchemy as sa

metadata = sa.MetaData()

turns = sa.Table(
    "turns",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("conversation", sa.String(32), nullable=False, index=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("channel", sa.String(40), nullable=False),
    sa.Column("message_id", sa.String(80), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("asked", sa.JSON, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("sentiment", sa.String(20), nullable=False),
    sa.Column("sentiment_score", sa.Float, nullable=False),
    sa.Column("mood", sa.Float, nullable=False),
    sa.Column("personal", sa.JSON, nullable=False),
    sa.Column("intent", sa.String(120), nullable=False, index=True),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("ranking", sa.JSON, nullable=False),
    sa.Column("unknown", sa.Float, nullable=False),
    sa.Column("entities", sa.JSON, nullable=False),
    sa.Column("band", sa.String(20), nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("routed", sa.String(120), nullable=False),
    sa.Column("repeat_tier", sa.Integer, nullable=False),
    sa.Column("repeat_similarity", sa.Float, nullable=False),
    sa.Column("form", sa.String(80), nullable=False),
    sa.Column("requested_slot", sa.String(80), nullable=False),
    sa.Column("form_after", sa.String(80), nullable=False),
    sa.Column("actions", sa.JSON, nullable=False),
    sa.Column("policies", sa.JSON, nullable=False),
    sa.Column("responses", sa.JSON, nullable=False),
    sa.Column("reply", sa.Text, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("citations", sa.JSON, nullable=False),
    sa.Column("passages", sa.JSON, nullable=False),
    sa.Column("generator", sa.String(60), nullable=False),
    sa.Column("prompt", sa.String(200), nullable=False),
    sa.Column("answer_confidence", sa.Float),
    sa.Column("feedback", sa.String(8), nullable=False),
    sa.Column("handed_over", sa.Boolean, nullable=False),
    sa.Column("by_person", sa.Boolean, nullable=False),
    sa.Column("correction", sa.Text, nullable=False),
    sa.Column("denied", sa.Boolean, nullable=False),
    sa.Column("model", sa.String(64), nullable=False),
    sa.Column("assistant", sa.String(120), nullable=False),
    sa.Column("first_event", sa.BigInteger, nullable=False),
    sa.Column("last_event", sa.BigInteger, nullable=False),
)

# How far each conversation was read: from `next_event` on, with the state that it had there.
conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("conversation", sa.String(32), primary_key=True),
    sa.Column("next_event", sa.BigInteger, nullable=False),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("allowed", sa.Boolean, nullable=False),
)

# Why a turn is worth a look; several reasons may apply.
flags = sa.Table(
    "flags",
    metadata,
    sa.Column("turn", sa.String(24), primary_key=True),
    sa.Column("signal", sa.String(40), primary_key=True),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False, index=True),
    sa.Column("conversation", sa.String(32), nullable=False, index=True),
)

# Single values: the schema's version, the last event that was read.
values = sa.Table(
    "learning_values",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

# What a reviewer is asked: one question for all the turns that are alike.
items = sa.Table(
    "items",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False, index=True),
    sa.Column("status", sa.String(20), nullable=False, index=True),
    sa.Column("priority", sa.Integer, nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("proposal", sa.JSON, nullable=False),
    sa.Column("votes", sa.JSON, nullable=False),
    sa.Column("agreement", sa.Float, nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
)

# Which turns an item stands for.
item_turns = sa.Table(
    "item_turns",
    metadata,
    sa.Column("item", sa.String(24), primary_key=True),
    sa.Column("turn", sa.String(24), primary_key=True, index=True),
    sa.Column("conversation", sa.String(32), nullable=False, index=True),
)

# What reviewers said; the last verdict of each reviewer counts.
reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("item", sa.String(24), nullable=False, index=True),
    sa.Column("reviewer", sa.String(80), nullable=False),
    sa.Column("verdict", sa.String(10), nullable=False),
    sa.Column("value", sa.JSON, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)

# What was accepted, with where it comes from.
learned = sa.Table(
    "learned",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False, index=True),
    sa.Column("status", sa.String(20), nullable=False, index=True),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("item", sa.String(24), nullable=False, index=True),
    sa.Column("conversations", sa.JSON, nullable=False),
    sa.Column("approved_by", sa.JSON, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("model", sa.String(64), nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)

# Models that were or are being trained, and what became of them.
candidates = sa.Table(
    "candidates",
    metadata,
    sa.Column("id", sa.String(24), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("status", sa.String(20), nullable=False, index=True),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("dataset", sa.String(64), nullable=False),
    sa.Column("parent", sa.String(24), nullable=False),
    sa.Column("report", sa.JSON, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("changed", sa.Float, nullable=False),
)

# Which learned records a model has seen: erasure must find them.
candidate_learned = sa.Table(
    "candidate_learned",
    metadata,
    sa.Column("candidate", sa.String(24), primary_key=True),
    sa.Column("learned", sa.String(24), primary_key=True, index=True),
)

# What a candidate that reads along made of real messages.
shadow_readings = sa.Table(
    "shadow_readings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("candidate", sa.String(24), nullable=False, index=True),
    sa.Column("conversation", sa.String(32), nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("intent", sa.String(120), nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("band", sa.String(20), nullable=False),
    sa.Column("routed", sa.String(120), nullable=False),
)

# Cycles of learning: which of their steps are done, and what these found.
cycles = sa.Table(
    "cycles",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("status", sa.String(10), nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("done", sa.JSON, nullable=False),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("began", sa.Float, nullable=False),
    sa.Column("changed", sa.Float, nullable=False),
)
