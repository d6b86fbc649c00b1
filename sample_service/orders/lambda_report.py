"""Lambda handler of the scheduled job."""

from typing import Any

from orders.logs import start_logging
from orders.report import write_report
from orders.settings import Settings

_settings = Settings.from_environment()
start_logging(_settings.log_level)


def handler(_event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Write the report; an error is a failed run."""
    return write_report(_settings)
