"""The reconciler: starts the workflow again for open orders that no execution works on.

It is idempotent, and safe while executions run: each execution owns its orders, and another one can only take over
an order whose owner has ended.
"""

import logging
import math
import random
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

MAX_ATTEMPTS = 500
"""Maximum number of orders that one run asks Step Functions about: a random choice, in which each order has a turn."""

_HOUR_S = 3600

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

    def run(self, now: datetime, report: Report) -> None:
        """Restart abandoned orders, and release abandoned slots.

        Args:
            now: Time of the run.
            report: Receives the results, as far as they are known after an error.
        """
        orders = list(self._open_orders(now))
        report.open_orders.update(order.status for order in orders)
        report.oldest_s = max((order.age_s for order in orders), default=0.0)
        running = self.executions.running()
        self._release_slots(report, running)
        abandoned = [order for order in orders if order.age_s >= self.after_s and order.owner not in running]
        for order in random.sample(abandoned, min(len(abandoned), MAX_ATTEMPTS)):
            if self._restart(order):
                report.restarted.append(order.id)
            if len(report.restarted) == MAX_RESTARTS:
                break

    def _restart(self, order: OpenOrder) -> bool:
        """Start an execution, unless the owner is running after all, or one was started at about this age.

        The name has the magnitude of the order's age: an order that fails again and again is restarted when its age has
        doubled, later once an hour, and two runs at the same time start one execution.
        """
        if order.owner and not self.executions.has_ended(order.owner):
            return False
        doublings, hours = int(math.log2(order.age_s / self.after_s)), int(order.age_s / _HOUR_S)
        name = f"{order.id}-{max(doublings, hours)}"
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
