"""Invocations of the workflow's reconciler, which restarts orders whose execution has ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

VARIABLE = "RECONCILE_AFTER_MINUTES"
_MAX_DOUBLINGS = 24


@dataclass
class Reconciler:
    """Invokes the function with a time in the future, as if the schedule had passed: no order is too young for it.

    The function restarts an order again when its age has doubled, which `advance` brings about.

    Attributes:
        function: name of the function; "" if the app has none.
        client: client of AWS Lambda.
        after: minimum age of an order that the function restarts.
        restarted: number of orders that were restarted.
    """

    function: str
    client: Any
    after: timedelta = timedelta(minutes=10)
    restarted: int = 0
    _doublings: int = field(default=0, init=False)

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
        time = (datetime.now(UTC) + self.after * 2**self._doublings).isoformat(timespec="seconds")
        try:
            response = self.client.invoke(FunctionName=self.function, Payload=json.dumps({"time": time}))
            report = json.loads(response["Payload"].read())
        except (BotoCoreError, ClientError, ValueError):
            return 0
        restarted = len(report.get("restarted", ())) if isinstance(report, dict) else 0
        self.restarted += restarted
        return restarted

    def advance(self) -> None:
        """Double the age that the next run finds, at most to some hundred years."""
        self._doublings = min(self._doublings + 1, _MAX_DOUBLINGS)


def _functions(client: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator("list_functions").paginate():
        yield from page["Functions"]
