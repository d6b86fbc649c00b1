"""The table of the simulation, as Markdown."""

import dataclasses
import math
from collections.abc import Iterable, Iterator

from benchmarks.workflow.policy import WITHOUT_SLOTS, Workflow
from benchmarks.workflow.simulation import Load, Outcome, simulate
from pricing.prices import PriceList

# Quota of tasks -> number of slots: two thirds of the quota, which leaves the rest to services.
QUOTAS = {24: 16, 160: 106}
BURSTS = (100, 200, 1000)
# Bytes of an execution's name in the set of a slots item, at most.
_NAME_BYTES = 80
_BYTES_PER_UNIT = 1024
_HEAD = (
    *("slots", "orders at once", "quota of tasks", "given up", "last order done after", "median wait"),
    *("transitions an order", "waiting costs, per 1,000 orders"),
)


def rows(workflow: Workflow, *, task_seconds: float = 30, startup_seconds: float = 30) -> Iterator[tuple[str, ...]]:
    """Yield the rows: the workflow without slots, then the given one.

    Args:
        workflow: the workflow of the template.
        task_seconds: duration of a task after its start. Default: 30.
        startup_seconds: time to start a task. Default: 30.
    """
    prices = PriceList.load()
    for quota, slots in QUOTAS.items():
        for used in (WITHOUT_SLOTS, dataclasses.replace(workflow, slots=slots)):
            for orders in BURSTS:
                load = Load(orders=orders, quota=quota, task_seconds=task_seconds, startup_seconds=startup_seconds)
                yield row(used, simulate(used, load), prices)


def row(workflow: Workflow, outcome: Outcome, prices: PriceList) -> tuple[str, ...]:
    """Return the cells of one simulation."""
    orders = outcome.load.orders
    return (
        str(workflow.slots) if workflow.slot else "none, 8 retries",
        f"{orders:,}",
        str(outcome.load.quota),
        f"{outcome.given_up:,}",
        f"{outcome.last_done / 60:.0f} min",
        f"{outcome.median_wait / 60:.1f} min",
        f"{workflow.transitions + outcome.retries / orders:.0f}",
        f"${waiting_usd(workflow, outcome, prices) / orders * 1000:.2f}",
    )


def waiting_usd(workflow: Workflow, outcome: Outcome, prices: PriceList) -> float:
    """Return the cost of the waiting of all orders, in US dollars: retries and writes of the slots item.

    Each retry is billed as a state transition, and a write by each started KB of the item, even if its condition fails.
    https://aws.amazon.com/step-functions/pricing/
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
    """
    transitions = outcome.retries * prices.usd("step-functions-transitions") / 1000
    units = math.ceil((workflow.slots or 1) * _NAME_BYTES / _BYTES_PER_UNIT)
    return transitions + outcome.slot_writes * units * prices.usd("dynamodb-writes") / 1e6


def markdown(found: Iterable[tuple[str, ...]]) -> str:
    """Render rows as a Markdown table."""
    lines = [_HEAD, ("---",) * len(_HEAD), *found]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
