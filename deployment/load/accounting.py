"""The account of a stream of orders: the responses to the clients, compared with the table. Pure functions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from deployment.load.clients import Placed
from deployment.load.order_stream import INITIAL_STOCK, Kind
from deployment.workflow_verification import FINAL

_HOLDS_STOCK = frozenset({"CHECKED", "FULFILLING", "FULFILLED"})
_SHIPMENT = "shp_"
_STOCK = "stock#"


@dataclass(frozen=True, kw_only=True)
class StoredOrder:
    """One order in the table.

    Attributes:
        id: the order ID.
        customer: its customer.
        status: its status.
        lines: SKU -> quantity.
        shipment: its shipment; "" without one.
    """

    id: str
    customer: str
    status: str
    lines: Mapping[str, int]
    shipment: str = ""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Content of the table.

    Attributes:
        orders: all orders of the stream.
        stock: SKU -> available pieces; SKUs that were never reserved are absent.
        shipments: shipment ID -> the order that was handed over.
    """

    orders: Sequence[StoredOrder]
    stock: Mapping[str, int] = field(default_factory=dict)
    shipments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that must not happen.

    Attributes:
        kind: "lost", "doubled", "undone", "stock" or "rejected".
        subject: the order ID, customer or SKU.
        text: the fault, in one sentence without a full stop.
    """

    kind: str
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account of a stream.

    Attributes:
        accepted: orders for which a client received an ID.
        unconfirmed: orders in the table whose client received no response; they count in `statuses`, too.
        unplaced: planned orders that were not accepted, and are not in the table.
        statuses: final status -> number of orders.
        cancellations: confirmed cancellations.
        repeated: orders whose client sent the request again after the response, to another target.
        findings: everything that must not happen.
    """

    accepted: int = 0
    unconfirmed: int = 0
    unplaced: int = 0
    statuses: Mapping[str, int] = field(default_factory=dict)
    cancellations: int = 0
    repeated: int = 0
    findings: Sequence[Finding] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """Return the number of findings of a kind."""
        return sum(finding.kind == kind for finding in self.findings)


def read_items(items: Iterable[Mapping[str, Mapping[str, object]]], prefix: str) -> Snapshot:
    """Return the part of a table that belongs to one stream.

    Args:
        items: DynamoDB items, with attribute types.
        prefix: The prefix of the stream's customers and SKUs.
    """
    orders, stock, shipments = [], {}, {}
    for item in items:
        identifier = str(item["id"]["S"])
        if identifier.startswith(_STOCK):
            sku = identifier.removeprefix(_STOCK)
            stock[sku] = int(str(item["available"]["N"]))
        elif identifier.startswith(_SHIPMENT):
            shipments[identifier] = str(item["order_id"]["S"])
        elif "status" in item:
            orders.append(_order(identifier, item))
    mine = [order for order in orders if order.customer.startswith(prefix)]
    ids = {order.id for order in mine}
    return Snapshot(
        orders=mine,
        stock={sku: available for sku, available in stock.items() if sku.startswith(prefix)},
        shipments={shipment: order for shipment, order in shipments.items() if order in ids},
    )


def _order(identifier: str, item: Mapping[str, Mapping[str, object]]) -> StoredOrder:
    lines: Counter[str] = Counter()
    entries: object = item["lines"]["L"]
    if isinstance(entries, list):
        for entry in entries:
            lines[entry["M"]["sku"]["S"]] += int(entry["M"]["quantity"]["N"])
    return StoredOrder(
        id=identifier,
        customer=str(item["customer"]["S"]),
        status=str(item["status"]["S"]),
        lines=dict(lines),
        shipment=str(item.get("shipment", {}).get("S", "")),
    )


def account(placed: Sequence[Placed], found: Snapshot) -> Account:
    """Compare the responses to the clients with the table.

    Lost: accepted, but absent or not final. Doubled: two orders of one client, two order IDs for one key, or two
    shipments of one order. Undone: failed, or cancelled or rejected without a reason, or shipped and not fulfilled,
    or fulfilled in spite of a confirmed cancellation. Stock: differs from the initial stock minus that of the orders.
    """
    by_id = {order.id: order for order in found.orders}
    findings = [
        *_rejected(placed),
        *_lost(placed, by_id),
        *_doubled(placed, found),
        *_undone(placed, found),
        *_wrong_stock(found),
    ]
    confirmed = {identifier for one in placed for identifier in one.ids}
    known = {order.customer for order in found.orders}
    return Account(
        accepted=sum(bool(one.ids) for one in placed),
        unconfirmed=sum(order.id not in confirmed for order in found.orders),
        unplaced=sum(not one.ids and one.order.customer not in known for one in placed),
        statuses=dict(Counter(order.status for order in found.orders).most_common()),
        cancellations=sum(one.is_cancelled for one in placed),
        repeated=sum(one.is_repeated for one in placed),
        findings=findings,
    )


def _rejected(placed: Sequence[Placed]) -> list[Finding]:
    return [
        Finding(kind="rejected", subject=one.order.customer, text=f"a valid order was rejected: {one.rejection}")
        for one in placed
        if one.rejection
    ]


def _lost(placed: Sequence[Placed], by_id: Mapping[str, StoredOrder]) -> list[Finding]:
    accepted = {identifier for one in placed for identifier in one.ids}
    absent = [
        Finding(kind="lost", subject=identifier, text="it was accepted, and is not in the table")
        for identifier in sorted(accepted - by_id.keys())
    ]
    open_ones = [
        Finding(kind="lost", subject=order.id, text=f"it stays {order.status}")
        for order in by_id.values()
        if order.status not in FINAL
    ]
    return absent + open_ones


def _doubled(placed: Sequence[Placed], found: Snapshot) -> list[Finding]:
    customers: dict[str, list[str]] = defaultdict(list)
    for order in found.orders:
        customers[order.customer].append(order.id)
    handed_over: dict[str, set[str]] = defaultdict(set)
    for shipment, order_id in found.shipments.items():
        handed_over[order_id].add(shipment)
    for order in found.orders:
        if order.shipment:
            handed_over[order.id].add(order.shipment)
    return [
        *(
            Finding(kind="doubled", subject=customer, text=f"one request made {len(ids)} orders: {', '.join(ids)}")
            for customer, ids in customers.items()
            if len(ids) > 1
        ),
        *(
            Finding(kind="doubled", subject=one.order.key, text=f"one key has {len(one.ids)} order IDs in responses")
            for one in placed
            if len(one.ids) > 1
        ),
        *(
            Finding(kind="doubled", subject=order_id, text=f"it has {len(shipments)} shipments")
            for order_id, shipments in handed_over.items()
            if len(shipments) > 1
        ),
    ]


def _undone(placed: Sequence[Placed], found: Snapshot) -> list[Finding]:
    clients = {one.order.customer: one for one in placed}
    handed_over = set(found.shipments.values())
    findings = []
    for order in found.orders:
        client = clients.get(order.customer)
        is_shipped = bool(order.shipment) or order.id in handed_over
        text = ""
        if order.status == "FAILED":
            text = "it has failed" + (" although it was shipped" if is_shipped else "")
        elif is_shipped and order.status in FINAL - {"FULFILLED"}:
            text = f"it was shipped, and is {order.status}"
        elif client is None:
            text = "no client sent it"
        elif order.status == "CANCELLED" and client.order.kind is not Kind.CANCELLED:
            text = "it is CANCELLED, and no client cancelled it"
        elif order.status == "REJECTED" and client.order.kind is Kind.ORDINARY:
            text = "it is REJECTED, and there is stock for it"
        elif order.status != "CANCELLED" and client.is_cancelled:
            text = f"its cancellation was confirmed, and it is {order.status}"
        elif order.status == "FULFILLED" and not order.shipment:
            text = "it is FULFILLED, and has no shipment"
        if text:
            findings.append(Finding(kind="undone", subject=order.id, text=text))
    return findings


def _wrong_stock(found: Snapshot) -> list[Finding]:
    held: Counter[str] = Counter()
    for order in found.orders:
        if order.status in _HOLDS_STOCK:
            held.update(order.lines)
    return [
        Finding(
            kind="stock",
            subject=sku,
            text=f"{available} available, expected {INITIAL_STOCK - held[sku]}: {INITIAL_STOCK} minus {held[sku]}",
        )
        for sku in sorted(held.keys() | found.stock.keys())
        if (available := found.stock.get(sku, INITIAL_STOCK)) != INITIAL_STOCK - held[sku]
    ]
