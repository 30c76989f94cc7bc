"""The shop in our own database: enough to run a real service, and to show one."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from actions.shop import changes, orders, products, returns, tables
from actions.shop.backend import (
    AddressChange,
    AddressResult,
    CancelResult,
    Customer,
    Eligibility,
    Order,
    Product,
    RefundStatus,
    ReturnKind,
    ReturnRecord,
    ShopUnavailable,
    Variant,
)
from actions.shop.database import transaction
from actions.shop.normalise import order_number


class EmbeddedShop:
    """The `CommerceBackend` on SQLAlchemy. Safe to share between threads.

    Example:
        >>> shop = EmbeddedShop(make_engine("sqlite:///var/shop.db"), date.today)
        >>> shop.identify("FH-1001", "LA9 4QQ").first_name
        'Emma'

    Args:
        engine: From `actions.shop.database.make_engine`.
        clock: Today's date; passed in so that tests and replays can stand still.
    """

    def __init__(self, engine: Engine, clock: Callable[[], date]) -> None:
        self._engine = engine
        self._clock = clock
        self._index: products.ProductIndex | None = None
        self._index_lock = threading.Lock()

    def ping(self) -> None:
        """Raise ShopUnavailable if the shop does not answer or was never seeded."""
        with self._reading() as connection:
            if connection.execute(sa.select(tables.seeding.c.id)).first() is None:
                raise ShopUnavailable("the database holds no shop: `make run` seeds it")

    def identify(self, number: str, identity: str) -> Customer | None:
        """The order's customer if `identity` (e-mail or account postcode) is theirs, else None."""
        with self._reading() as connection:
            return orders.identify(connection, number, identity)

    def identify_by_both(self, email: str, postcode: str) -> Customer | None:
        """The customer with this e-mail and account postcode, else None."""
        with self._reading() as connection:
            return orders.identify_by_both(connection, email, postcode)

    def owns(self, customer_id: int, number: str) -> bool:
        """True if the order exists and belongs to the customer."""
        table = tables.orders.c
        statement = sa.select(table.id).where(table.number == (order_number(number) or ""))
        with self._reading() as connection:
            return connection.execute(statement.where(table.customer_id == customer_id)).first() is not None

    def find_order(self, number: str) -> Order | None:
        """The order, whoever asks: identify first."""
        with self._reading() as connection:
            return orders.load_one(connection, number)

    def orders_of(self, customer_id: int, limit: int = 5) -> list[Order]:
        """The customer's orders, newest first."""
        table = tables.orders
        newest_first = (table.c.placed_on.desc(), table.c.id.desc())
        statement = (
            sa.select(table).where(table.c.customer_id == customer_id).order_by(*newest_first).limit(limit)
        )
        with self._reading() as connection:
            return orders.load(connection, statement)

    def cancel_order(self, number: str) -> CancelResult:
        """Cancel if placed or packing, put the goods back in stock, refund everything."""
        with self._writing() as connection:
            return changes.cancel(connection, number, self._clock())

    def propose_address(self, number: str, text: str) -> int:
        """Keep a new address as pending and return its id. Raises UnknownOrder, InvalidAddress."""
        with self._writing() as connection:
            return changes.propose_address(connection, number, text, self._clock())

    def pending_address(self, change_id: int) -> AddressChange | None:
        """The proposed change, or None if there is none with this id."""
        with self._reading() as connection:
            return changes.pending_address(connection, change_id)

    def confirm_address(self, change_id: int) -> AddressResult:
        """Send the order to the proposed address. Raises UnknownAddressChange."""
        with self._writing() as connection:
            return changes.confirm_address(connection, change_id)

    def return_eligibility(self, number: str, sku: str, reason: str | None = None) -> Eligibility:
        """May this line go back today? Raises UnknownOrder."""
        with self._reading() as connection:
            return returns.eligibility(connection, number, sku, reason, self._clock())

    def register_return(
        self,
        number: str,
        sku: str,
        kind: ReturnKind,
        reason: str,
        exchange_sku: str | None = None,
        quantity: int | None = None,
    ) -> ReturnRecord:
        """Register a return or exchange. Raises UnknownOrder, ReturnRefused, VariantUnavailable."""
        today = self._clock()
        with self._writing() as connection:
            return returns.register(connection, number, sku, kind, reason, exchange_sku, quantity, today)

    def refund_status(self, number: str) -> RefundStatus | None:
        """Where the order's refund is, or None for an unknown order."""
        with self._reading() as connection:
            return returns.refund_status(connection, number)

    def search_products(
        self,
        query: str | None = None,
        category: str | None = None,
        activity: str | None = None,
        colour: str | None = None,
        size: str | None = None,
        max_price: Decimal | float | None = None,
        limit: int = 5,
    ) -> list[Product]:
        """Products that meet every given wish, best match first; typos and plurals are forgiven."""
        with self._reading() as connection:
            index = self._products(connection)
            wishes = (query, category, activity, colour, size, max_price, limit)
            return products.search(connection, index, *wishes)

    def find_product(self, name: str) -> Product | None:
        """The product most likely meant, or None if nothing is close."""
        with self._reading() as connection:
            return products.find(connection, self._products(connection), name)

    def availability(self, product: str, colour: str | None = None, size: str | None = None) -> list[Variant]:
        """Variants (sold-out ones too) of a product given by name or slug; empty if unknown."""
        with self._reading() as connection:
            return products.availability(connection, self._products(connection), product, colour, size)

    def _products(self, connection: Any) -> products.ProductIndex:
        with self._index_lock:
            if self._index is None:
                self._index = products.ProductIndex.read(connection)
            return self._index

    def _reading(self) -> AbstractContextManager[Any]:
        return transaction(self._engine, ShopUnavailable)

    def _writing(self) -> AbstractContextManager[Any]:
        return transaction(self._engine, ShopUnavailable, write=True)
