"""What the service is asked to carry, in explicit units."""

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pricing.errors import InvalidLoadError

HOURS_A_MONTH = 730
"""AWS's own convention: 365 days of 24 hours, divided by 12."""


def _input(default: float | None, low: float, high: float, text: str) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "text": text})


@dataclass(frozen=True, kw_only=True)
class Load:
    """A month of requests.

    Attributes:
        requests_per_second: while there is load; the average of those hours.
        hours_a_day: how long there is load; in the other hours the fewest copies run.
        cpu_seconds: of one vCPU for each request.
        wait_seconds: that a request waits for others, such as its table, beside its CPU time.
        memory_mib: that one copy needs, in MiB; where the template gives less, the target cannot carry the load.
        always_on: copies that always run; None for what the template says. Functions have none.
        request_bytes: of a request with its headers.
        response_bytes: of an answer with its headers.
        log_bytes: that the service itself logs for each request.
        span_bytes: of all spans of a request that is traced.
        table_reads: read units of the table for each request: 4 KB each.
        table_writes: items written for each request, 1 KB each; each index costs as much again.
        table_gb: kept in the table.

    Raises:
        InvalidLoadError: if anything is out of range; all faults at once.
    """

    requests_per_second: float = _input(10, 0, 1_000_000, "requests a second while there is load")
    hours_a_day: float = _input(24, 0.1, 24, "hours a day with load")
    cpu_seconds: float = _input(0.005, 0.00001, 60, "seconds of one vCPU for each request")
    wait_seconds: float = _input(0.01, 0, 29, "seconds that each request waits for others")
    memory_mib: float = _input(128, 1, 122_880, "MiB that one copy needs")
    always_on: float | None = _input(None, 0, 1000, "copies that always run; without it, the template's")
    request_bytes: float = _input(1_000, 0, 10_000_000, "bytes of a request")
    response_bytes: float = _input(2_000, 0, 10_000_000, "bytes of an answer")
    log_bytes: float = _input(300, 0, 1_000_000, "bytes that the service logs for each request")
    span_bytes: float = _input(3_000, 0, 1_000_000, "bytes of all spans of a request that is traced")
    table_reads: float = _input(1, 0, 1000, "read units of the table for each request")
    table_writes: float = _input(0.1, 0, 1000, "items written for each request")
    table_gb: float = _input(1, 0, 1_000_000, "GB kept in the table")

    def __post_init__(self) -> None:
        faults = [fault for each in dataclasses.fields(self) for fault in self._faults(each)]
        if faults:
            raise InvalidLoadError(faults)

    def _faults(self, of: "dataclasses.Field[Any]") -> Iterator[str]:
        value, low, high = getattr(self, of.name), of.metadata["low"], of.metadata["high"]
        if value is None and of.default is None:
            return
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not is_number or not low <= value <= high:
            yield f"{of.name} is {value!r}; allowed: {low:,} to {high:,}; fix: give {of.metadata['text']}"

    @property
    def busy_hours(self) -> float:
        """Hours a month with load."""
        return HOURS_A_MONTH * self.hours_a_day / 24

    @property
    def requests(self) -> float:
        """Requests a month."""
        return self.requests_per_second * 3600 * self.busy_hours

    def at(self, requests_per_second: float) -> "Load":
        """Return the same requests, that many a second."""
        return dataclasses.replace(self, requests_per_second=requests_per_second)
