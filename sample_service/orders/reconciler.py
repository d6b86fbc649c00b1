"""The reconciler: starts the workflow again for open orders that no execution works on.

It is idempotent, and safe while executions run: each execution owns its orders, and another one can only take over
an order whose owner has ended.
"""

import logging
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from orders.executions import Executions
from orders.identifiers import seconds_since
from orders.slots import Slots
from orders.table import PARTITIONS, OrdersTable

MAX_RESTARTS = 100
"""Maximum number of orders that one run restarts: Step Functions limits the rate of calls."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class OpenOrder:
    """An order that is not in a final status.

    Attributes:
        id: the order.
        status: its status.
        owner: name of the execution that owns it; empty before its check.
        age_s: seconds since it was placed.
    """

    id: str
    status: str
    owner: str
    age_s: float


@dataclass
class Report:
    """The result of a run.

    Attributes:
        open_orders: number of open orders by status.
        oldest_s: age of the oldest open order in seconds; 0 without one.
        restarted: orders for which an execution was started.
        slots_in_use: executions that hold a slot and are running.
        slots_released: executions that held a slot after their end.
    """

    open_orders: Counter[str] = field(default_factory=Counter)
    oldest_s: float = 0.0
    restarted: list[str] = field(default_factory=list)
    slots_in_use: int = 0
    slots_released: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Reconciler:
    """Finds orders and slots without a running execution.

    Attributes:
        table: the orders.
        slots: the slots of the task.
        executions: the executions of the workflow.
        after_s: minimum age of an order, in seconds: a new order may wait for its execution to start.
    """

    table: OrdersTable
    slots: Slots
    executions: Executions
    after_s: float

    def run(self, now: datetime) -> Report:
        """Restart abandoned orders, the oldest first, and release abandoned slots.

        Args:
            now: Time of the run.
        """
        orders = sorted(self._open_orders(now), key=lambda order: -order.age_s)
        report = Report(Counter(order.status for order in orders), orders[0].age_s if orders else 0.0)
        running = self.executions.running()
        self._release_slots(report, running)
        for order in orders:
            if len(report.restarted) == MAX_RESTARTS or order.age_s < self.after_s:
                break
            if order.owner not in running and self._restart(order):
                report.restarted.append(order.id)
        return report

    def _restart(self, order: OpenOrder) -> bool:
        """Start an execution, unless the owner is running after all, or one was started at about this age.

        The name has the magnitude of the order's age: an order that fails again and again is restarted when its age has
        doubled, and two runs at the same time start one execution.
        """
        if order.owner and not self.executions.has_ended(order.owner):
            return False
        name = f"{order.id}-{int(math.log2(order.age_s / self.after_s))}"
        started = self.executions.start(name, order.id, order.owner)
        if started:
            logger.warning("restarted", extra={"fields": {"order": order.id, "execution": name, "owner": order.owner}})
        return started

    def _open_orders(self, now: datetime) -> Iterator[OpenOrder]:
        for partition in PARTITIONS:
            for item in self.table.open_orders(partition):
                owner = item.get("execution", {"S": ""})["S"]
                age_s = seconds_since(item["placed_at"]["S"], now)
                yield OpenOrder(item["id"]["S"], item["status"]["S"], owner, age_s)

    def _release_slots(self, report: Report, running: set[str]) -> None:
        for holder in self.slots.holders():
            if holder in running or not self.executions.has_ended(holder):
                report.slots_in_use += 1
            else:
                self.slots.release(holder)
                report.slots_released.append(holder)
