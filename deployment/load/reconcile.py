"""The reconciler of the workflow, run by hand: it restarts orders whose execution has ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

VARIABLE = "RECONCILE_AFTER_MINUTES"
_LONGEST = timedelta(days=365)


@dataclass
class Reconciler:
    """Invokes the function with a time in the future, as if the schedule had passed: no order is too young for it.

    Each run doubles the age of the orders, because the function restarts an order again when its age has doubled.

    Attributes:
        function: name of the function; "" if the app has none.
        client: client of AWS Lambda.
        restarted: number of orders that were restarted.
    """

    function: str
    client: Any
    after: timedelta = timedelta(minutes=10)
    restarted: int = 0
    _ahead: timedelta = field(default=timedelta(), init=False)

    @classmethod
    def find(cls, client: Any) -> Reconciler:
        """Return the reconciler of a deployed app."""
        for function in _functions(client):
            minutes = function.get("Environment", {}).get("Variables", {}).get(VARIABLE)
            if minutes:
                return cls(function["FunctionName"], client, timedelta(minutes=float(minutes)))
        return cls("", client)

    def run(self) -> int:
        """Run it once, and return how many orders it restarted; 0 while the function cannot be invoked."""
        if not self.function:
            return 0
        self._ahead = min(max(self.after, self._ahead * 2), _LONGEST)
        time = (datetime.now(UTC) + self._ahead).isoformat(timespec="seconds")
        try:
            response = self.client.invoke(FunctionName=self.function, Payload=json.dumps({"time": time}))
            report = json.loads(response["Payload"].read())
        except (BotoCoreError, ClientError, ValueError):
            return 0
        restarted = len(report.get("restarted", ())) if isinstance(report, dict) else 0
        self.restarted += restarted
        return restarted


def _functions(client: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator("list_functions").paginate():
        yield from page["Functions"]
