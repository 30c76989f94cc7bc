"""The shop's tables, valid on SQLite and PostgreSQL. Money is whole pence; times are UK local time."""

import sqlalchemy as sa

metadata = sa.MetaData()


def _id() -> "sa.Column[int]":
    return sa.Column("id", sa.Integer, primary_key=True)


def _ref(name: str, target: str, **options: bool) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, sa.ForeignKey(target), **options)


# One row, written last: a database without it is half-made and is not used.
seeding = sa.Table(
    "seeding",
    metadata,
    _id(),
    sa.Column("today", sa.Date, nullable=False),
    sa.Column("seed", sa.Integer, nullable=False),
)

products = sa.Table(
    "products",
    metadata,
    _id(),
    sa.Column("slug", sa.String(80), nullable=False, unique=True),
    sa.Column("name", sa.String(80), nullable=False, unique=True),
    sa.Column("category", sa.String(40), nullable=False),
    sa.Column("activities", sa.JSON, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("price_pence", sa.Integer, nullable=False),
    sa.Column("non_returnable_once", sa.String(20)),
)

variants = sa.Table(
    "variants",
    metadata,
    _id(),
    sa.Column("sku", sa.String(40), nullable=False, unique=True),
    _ref("product_id", "products.id", nullable=False, index=True),
    sa.Column("colour", sa.String(20), nullable=False),
    sa.Column("size", sa.String(20), nullable=False),
    sa.Column(
        "stock", sa.Integer, sa.CheckConstraint("stock >= 0", name="stock_not_negative"), nullable=False
    ),
)

customers = sa.Table(
    "customers",
    metadata,
    _id(),
    sa.Column("first_name", sa.String(60), nullable=False),
    sa.Column("last_name", sa.String(60), nullable=False),
    sa.Column("email", sa.String(120), nullable=False, unique=True),
    sa.Column("club_member", sa.Boolean, nullable=False),
    sa.Column("points", sa.Integer, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
)

addresses = sa.Table(
    "addresses",
    metadata,
    _id(),
    _ref("customer_id", "customers.id", nullable=False, index=True),
    sa.Column("text", sa.String(300), nullable=False),
    sa.Column("postcode", sa.String(10), nullable=False),
    # The account's own address; its postcode is the one that identifies. Others are for gifts and work.
    sa.Column("is_account", sa.Boolean, nullable=False),
)
sa.Index(
    "one_account_address",
    addresses.c.customer_id,
    unique=True,
    sqlite_where=addresses.c.is_account,
    postgresql_where=addresses.c.is_account,
)

orders = sa.Table(
    "orders",
    metadata,
    _id(),
    sa.Column("number", sa.String(12), nullable=False, unique=True),
    _ref("customer_id", "customers.id", nullable=False),
    sa.Column("status", sa.String(24), nullable=False),
    sa.Column("placed_on", sa.Date, nullable=False),
    sa.Column("delivery", sa.String(12), nullable=False),
    sa.Column("delivery_pence", sa.Integer, nullable=False),
    sa.Column("total_pence", sa.Integer, nullable=False),
    sa.Column("payment_method", sa.String(30), nullable=False),
    sa.Column("address", sa.String(300), nullable=False),
    sa.Column("postcode", sa.String(10), nullable=False),
    sa.Column("expected_on", sa.Date),
    sa.Column("delivered_on", sa.Date),
    sa.Column("cancelled_on", sa.Date),
    sa.Column("refunded_on", sa.Date),
    sa.Index("orders_of_customer", "customer_id", "placed_on"),
)

order_lines = sa.Table(
    "order_lines",
    metadata,
    _id(),
    _ref("order_id", "orders.id", nullable=False),
    _ref("variant_id", "variants.id", nullable=False),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("unit_pence", sa.Integer, nullable=False),
    sa.UniqueConstraint("order_id", "variant_id", name="one_line_per_variant"),
)

shipments = sa.Table(
    "shipments",
    metadata,
    _id(),
    _ref("order_id", "orders.id", nullable=False, unique=True),
    sa.Column("courier", sa.String(40), nullable=False),
    sa.Column("tracking_number", sa.String(20), nullable=False, unique=True),
)

shipment_events = sa.Table(
    "shipment_events",
    metadata,
    _id(),
    _ref("shipment_id", "shipments.id", nullable=False, index=True),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("status", sa.String(30), nullable=False),
    sa.Column("place", sa.String(60), nullable=False),
    sa.Column("note", sa.String(200), nullable=False),
)

returns = sa.Table(
    "returns",
    metadata,
    _id(),
    _ref("order_line_id", "order_lines.id", nullable=False, index=True),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("reason", sa.String(30), nullable=False),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("refund_pence", sa.Integer, nullable=False),
    _ref("exchange_variant_id", "variants.id"),
    sa.Column("registered_on", sa.Date, nullable=False),
    sa.Column("received_on", sa.Date),
    sa.Column("refunded_on", sa.Date),
    sqlite_autoincrement=True,
)

address_changes = sa.Table(
    "address_changes",
    metadata,
    _id(),
    _ref("order_id", "orders.id", nullable=False, index=True),
    sa.Column("text", sa.String(300), nullable=False),
    sa.Column("postcode", sa.String(10), nullable=False),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("proposed_on", sa.Date, nullable=False),
    sqlite_autoincrement=True,
)
