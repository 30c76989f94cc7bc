"""The seam between the assistant and whatever shop system stands behind it.

Errors:
    ShopError
    ├── ShopUnavailable        the database is locked, missing or unreachable: apologise, try later
    ├── UnknownOrder           a number that was verified a moment ago is gone
    ├── UnknownAddressChange   no pending change has this id
    ├── InvalidAddress         the text is no UK address; `.reason` says why
    ├── ReturnRefused          the item cannot go back; `.eligibility` says why
    └── VariantUnavailable     the exchange variant is unknown, sold out or of another product

Nothing here says who may see what: callers identify the customer first (`identify`), then read.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal, Protocol


class ShopError(Exception):
    """Any failure of the shop that the assistant can explain to a customer."""


class ShopUnavailable(ShopError):
    """The shop's database does not answer."""


class UnknownOrder(ShopError):
    """No order has this number."""


class UnknownAddressChange(ShopError):
    """No pending address change has this id."""


class InvalidAddress(ShopError):
    """The proposed address cannot be used; `reason` is too_short, too_long or no_postcode."""

    def __init__(self, reason: Literal["too_short", "too_long", "no_postcode"]) -> None:
        super().__init__(f"address refused ({reason}): ask for street, town and a UK postcode")
        self.reason = reason


class ReturnRefused(ShopError):
    """The item cannot be returned or exchanged."""

    def __init__(self, eligibility: "Eligibility") -> None:
        super().__init__(f"return refused ({eligibility.reason}): ask return_eligibility() first")
        self.eligibility = eligibility


class VariantUnavailable(ShopError):
    """The variant asked for in an exchange cannot be sent."""


class OrderStatus(StrEnum):
    """Where an order is in its life. Compares equal to its plain string."""

    PLACED = "placed"
    PACKING = "packing"
    SHIPPED = "shipped"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    LOST = "lost"
    CANCELLED = "cancelled"
    RETURN_REQUESTED = "return_requested"
    RETURNED = "returned"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"


CHANGEABLE = frozenset({OrderStatus.PLACED, OrderStatus.PACKING})
RETURN_WINDOW_DAYS = 30
REFUND_WORKING_DAYS = 5

ReturnKind = Literal["return", "exchange"]
AddressReason = Literal["too_late", "already_confirmed", "replaced"]
CancelReason = Literal["too_late", "already_cancelled", "unknown_order"]
IneligibleReason = Literal[
    "outside_window", "not_delivered", "non_returnable", "already_returned", "unknown_item"
]
# "on_its_way" is for cancelled orders, where no parcel has to come back first.
RefundState = Literal[
    "none", "waiting_for_parcel", "parcel_received", "on_its_way", "refunded", "partially_refunded"
]
# After these the customer's right stands even for items that normally stay sold once unsealed.
FAULTY_REASONS = frozenset({"damaged", "wrong_item", "not_as_described"})


@dataclass(frozen=True)
class Customer:
    """A verified customer. `postcode` is that of the account, the one `identify` compares."""

    id: int
    first_name: str
    last_name: str
    email: str = field(repr=False)
    postcode: str = field(repr=False)


@dataclass(frozen=True)
class OrderLine:
    """One line of an order. `sku` is unique within the order; prices are pounds."""

    sku: str
    product: str
    category: str
    colour: str
    size: str
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True)
class ShipmentEvent:
    """One scan by the courier, e.g. status `in_transit`, place `Preston depot`."""

    at: datetime
    status: str
    place: str
    note: str


@dataclass(frozen=True)
class Shipment:
    """The parcel of an order; `events` oldest first, `expected_on` the courier's present estimate."""

    courier: str
    tracking_number: str
    tracking_url: str
    expected_on: date
    events: tuple[ShipmentEvent, ...]

    @property
    def last_event(self) -> ShipmentEvent | None:
        """The newest scan, or None before the first."""
        return self.events[-1] if self.events else None


@dataclass(frozen=True)
class ReturnRecord:
    """A registered return or exchange of one line."""

    number: str
    order_number: str
    sku: str
    product: str
    quantity: int
    kind: ReturnKind
    reason: str
    status: Literal["registered", "received", "refunded", "exchanged"]
    registered_on: date
    refund: Decimal
    label_reference: str
    label_url: str
    exchange_sku: str | None
    received_on: date | None
    refunded_on: date | None


@dataclass(frozen=True)
class Order:
    """An order with everything a customer may ask about it. Money is in pounds."""

    number: str
    customer_id: int
    status: OrderStatus
    placed_on: date
    delivery: Literal["standard", "express", "collect"]
    delivery_cost: Decimal
    total: Decimal
    payment_method: str
    address: str = field(repr=False)
    postcode: str = field(repr=False)
    expected_on: date | None
    delivered_on: date | None
    cancelled_on: date | None
    lines: tuple[OrderLine, ...]
    shipment: Shipment | None
    returns: tuple[ReturnRecord, ...]

    @property
    def changeable(self) -> bool:
        """True while it may still be cancelled or sent elsewhere."""
        return self.status in CHANGEABLE


@dataclass(frozen=True)
class CancelResult:
    """Outcome of a cancellation; `refund` in pounds when ok, `reason` when not."""

    ok: bool
    reason: CancelReason | None
    status: OrderStatus | None
    refund: Decimal | None
    payment_method: str | None


@dataclass(frozen=True)
class AddressChange:
    """A proposed delivery address; `text` is emptied once confirmed or replaced."""

    id: int
    order_number: str
    status: Literal["pending", "confirmed", "replaced"]
    text: str = field(repr=False)


@dataclass(frozen=True)
class AddressResult:
    """Outcome of confirming an address change."""

    ok: bool
    reason: AddressReason | None
    order_number: str


@dataclass(frozen=True)
class Eligibility:
    """Whether an item may go back.

    Attributes:
        ok: True when a return can be registered now.
        reason: Why not, when `ok` is False.
        until: Last day of the return window, None before delivery.
        condition: What the item must not be ("unsealed", "worn", "opened", "used").
        quantity: How many of the line can still go back.
        warranty_until: Last day of the Fernhill Promise, for items outside the window.
    """

    ok: bool
    reason: IneligibleReason | None
    until: date | None
    condition: str | None
    quantity: int
    warranty_until: date | None


@dataclass(frozen=True)
class RefundStatus:
    """Where the money is: `amount` in pounds; `due_by` is set once nothing but our payment is missing."""

    order_number: str
    state: RefundState
    amount: Decimal
    payment_method: str
    received_on: date | None
    due_by: date | None
    refunded_on: date | None


@dataclass(frozen=True)
class Product:
    """A product of the catalogue. `in_stock` is about any variant; `non_returnable_once` e.g. "unsealed"."""

    slug: str
    name: str
    category: str
    activities: tuple[str, ...]
    description: str
    price: Decimal
    colours: tuple[str, ...]
    sizes: tuple[str, ...]
    non_returnable_once: str | None
    in_stock: bool


@dataclass(frozen=True)
class Variant:
    """One colour and size of a product and how many are on the shelf."""

    sku: str
    product: str
    colour: str
    size: str
    stock: int


class CommerceBackend(Protocol):
    """What the assistant needs of a shop. Every method may raise ShopUnavailable."""

    def ping(self) -> None:
        """Raise ShopUnavailable if the shop does not answer."""

    def identify(self, number: str, identity: str) -> Customer | None:
        """The order's customer if `identity` (e-mail or account postcode) is theirs, else None."""

    def identify_by_both(self, email: str, postcode: str) -> Customer | None:
        """The customer with this e-mail and account postcode; one of them alone shows nothing."""

    def owns(self, customer_id: int, number: str) -> bool:
        """True if the order exists and belongs to the customer (for `verified_customer`)."""

    def find_order(self, number: str) -> Order | None:
        """The order, whoever asks: identify first."""

    def orders_of(self, customer_id: int, limit: int = 5) -> list[Order]:
        """The customer's orders, newest first."""

    def cancel_order(self, number: str) -> CancelResult:
        """Cancel if placed or packing, put the goods back in stock, refund everything."""

    def propose_address(self, number: str, text: str) -> int:
        """Keep a new address as pending and return its id. Raises UnknownOrder, InvalidAddress."""

    def pending_address(self, change_id: int) -> AddressChange | None:
        """The proposed change, or None if there is none with this id."""

    def confirm_address(self, change_id: int) -> AddressResult:
        """Send the order to the proposed address. Raises UnknownAddressChange."""

    def return_eligibility(self, number: str, sku: str, reason: str | None = None) -> Eligibility:
        """May this line go back? A faulty `reason` lifts the ban on unsealed items. Raises UnknownOrder."""

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

    def refund_status(self, number: str) -> RefundStatus | None:
        """Where the order's refund is (state "none" if none is due), or None for an unknown order."""

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

    def find_product(self, name: str) -> Product | None:
        """The product most likely meant, or None if nothing is close."""

    def availability(self, product: str, colour: str | None = None, size: str | None = None) -> list[Variant]:
        """Variants (sold-out ones too) of a product given by name or slug; empty if unknown."""
