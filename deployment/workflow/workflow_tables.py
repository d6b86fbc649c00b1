"""The tables of the workflow's commands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deployment.console import plural
from deployment.workflow.decisions import Repair
from deployment.workflow.status import OldOrder, Status


def age(value: timedelta) -> str:
    """Format an age: "40 s", "12 min", "3 h 5 min" or "2 d 4 h"."""
    seconds = max(0, int(value.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{seconds} s"


def status_table(status: Status, now: datetime, older_than: timedelta) -> RenderableType:
    """Render the state of the workflow, and the orders that are open for too long."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    counts = ", ".join(f"{count} {name}" for name, count in status.by_status.items())
    oldest = f"; the oldest for {age(status.orders[0].age(now))}" if status.orders else ""
    is_running = status.pipe == "RUNNING"
    rows = {
        "workflow": Text(status.stack),
        "pipe": Text(": ".join(filter(None, (status.pipe, status.pipe_reason))), "" if is_running else "bold red"),
        "executions": Text(f"{status.running} running"),
        "dead letters": Text(str(status.dead_letters), "bold red" if status.dead_letters else ""),
        "open orders": Text(f"{len(status.orders)}" + (f": {counts}{oldest}" if counts else "")),
    }
    for name, value in rows.items():
        grid.add_row(Text(f"  {name}", "dim"), value)
    return Group(grid, Text(), *_old_orders(status, now, older_than))


def _old_orders(status: Status, now: datetime, older_than: timedelta) -> list[RenderableType]:
    if not status.old_count:
        duration = f" for {age(older_than)} or longer" if older_than else ""
        return [Text(f"  no order is open{duration}")]
    more = status.old_count - len(status.old)
    rest = [Text(f"  and {plural(more, 'order')} more")] if more else []
    return [_orders_grid(status.old, now), *rest]


def _orders_grid(old: Sequence[OldOrder], now: datetime) -> Table:
    grid = Table.grid(padding=(0, 2))
    for _ in range(4):
        grid.add_column(no_wrap=True)
    grid.add_row(*(Text(title, "dim") for title in ("  order", "status", "age", "execution")))
    for each in old:
        grid.add_row(f"  {each.order.id}", each.order.status, age(each.order.age(now)), each.execution)
    return grid


def repairs_table(repairs: Sequence[Repair]) -> RenderableType:
    """Render one line for each order: the action and its reason."""
    grid = Table.grid(padding=(0, 2))
    for _ in range(2):
        grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(*(Text(title, "dim") for title in ("  order", "action", "reason")))
    for repair in repairs:
        grid.add_row(f"  {repair.order_id}", str(repair.action), repair.reason)
    return grid
