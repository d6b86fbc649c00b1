"""Lambda handler of the workflow's steps: check an order, or compensate for what went wrong with it."""

from typing import Any

from orders.settings import Settings
from orders.wiring import order_book
from orders.workflow import run_step

_book = order_book(Settings.from_environment())


def handler(event: dict[str, Any], _context: object) -> dict[str, str | None]:
    """Run the step that `event["action"]` names."""
    return run_step(_book, event)
