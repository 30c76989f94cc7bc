"""The CRM's tables, in the same database as the shop's. Times are naive UTC in the tables, aware outside."""

import sqlalchemy as sa

from actions.shop.tables import metadata

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), index=True),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("contact_email", sa.String(120), nullable=False),
    sa.Column("conversation_id", sa.String(120)),
    sa.Column("priority", sa.String(10), nullable=False),
    sa.Column("status", sa.String(24), nullable=False),
    sa.Column("order_number", sa.String(12)),
    sa.Column("opened_at", sa.DateTime, nullable=False),
    sa.Column("updated_at", sa.DateTime, nullable=False),
    sqlite_autoincrement=True,
)

activities = sa.Table(
    "activities",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), index=True),
    sa.Column("conversation_id", sa.String(120), nullable=False, index=True),
    sa.Column("kind", sa.String(60), nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sqlite_autoincrement=True,
)

handovers = sa.Table(
    "handovers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation_id", sa.String(120), nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("requested_at", sa.DateTime, nullable=False),
    sa.Column("closed_at", sa.DateTime),
    sqlite_autoincrement=True,
)
# Two messages at the same moment must not put one conversation into the queue twice.
sa.Index(
    "one_open_handover",
    handovers.c.conversation_id,
    unique=True,
    sqlite_where=handovers.c.closed_at.is_(None),
    postgresql_where=handovers.c.closed_at.is_(None),
)
