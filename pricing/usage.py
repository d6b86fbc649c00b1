"""The usage that a service is priced for, in explicit units."""

import copy
import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from deployment.errors import ActionableError

HOURS_PER_MONTH = 730
"""AWS's own convention: 365 days of 24 hours, divided by 12."""


class InvalidUsageError(ActionableError):
    """Usage values out of range; `cause` lists all of them."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(
            f"the usage cannot be priced: {len(faults)} invalid value(s)",
            "; ".join(faults),
            "python -m comparison cost --help",
        )


def _input(default: float | None, low: float, high: float, text: str) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "text": text})


@dataclass(frozen=True, kw_only=True)
class Usage:
    """A month of requests. Each field's `metadata` has its allowed range and a description.

    Attributes:
        requests_per_second: average during the hours with load.
        hours_a_day: hours with load; the minimum number of replicas runs during the others.
        cpu_seconds: of one vCPU, per request.
        wait_seconds: time a request waits for dependencies, such as its table, in addition to its CPU time.
        memory_mib: MiB that one replica needs; a target whose template allocates less is unsupported.
        always_on: minimum number of replicas. Default: what each template says. Has no effect on Lambda.
        request_bytes: size of a request with its headers.
        response_bytes: size of a response with its headers.
        log_bytes: written to the service's log per request.
        span_bytes: all spans of a traced request.
        table_reads: read units of the table per request (4 KB each).
        table_writes: items written per request (1 KB each); each index adds as many writes.
        write_units: write units of the table for one of these items. Default: 4, the item and its idempotency key in a
            transaction, which doubles them; 1 for a plain write.
        table_gb: stored in the table.

    Raises:
        InvalidUsageError: values are out of range; names all of them.
    """

    requests_per_second: float = _input(10, 0, 1_000_000, "requests per second during the hours with load")
    hours_a_day: float = _input(24, 0.1, 24, "hours a day with load")
    cpu_seconds: float = _input(0.005, 0.00001, 60, "vCPU seconds per request")
    wait_seconds: float = _input(0.01, 0, 29, "seconds that each request waits for dependencies")
    memory_mib: float = _input(128, 1, 122_880, "MiB that one replica needs")
    always_on: float | None = _input(None, 0, 1000, "minimum number of replicas; default: the template's")
    request_bytes: float = _input(1_000, 0, 1_000_000_000, "bytes per request")
    response_bytes: float = _input(2_000, 0, 1_000_000_000, "bytes per response")
    log_bytes: float = _input(300, 0, 1_000_000, "bytes of the service's log per request")
    span_bytes: float = _input(3_000, 0, 1_000_000, "bytes of all spans of a traced request")
    table_reads: float = _input(1, 0, 1000, "read units of the table per request")
    table_writes: float = _input(0.1, 0, 1000, "items written per request")
    write_units: float = _input(4, 1, 200, "write units of the table for each written item")
    table_gb: float = _input(1, 0, 1_000_000, "GB stored in the table")

    def __post_init__(self) -> None:
        faults = [fault for each in dataclasses.fields(self) for fault in self._faults(each)]
        if faults:
            raise InvalidUsageError(faults)

    def _faults(self, of: "dataclasses.Field[Any]") -> Iterator[str]:
        value, low, high = getattr(self, of.name), of.metadata["low"], of.metadata["high"]
        if value is None and of.default is None:
            return
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not is_number or not low <= value <= high:
            yield f"{of.name}={value!r} (allowed: {low:,} to {high:,}): set the {of.metadata['text']}"

    @property
    def busy_hours(self) -> float:
        """Hours per month with load."""
        return HOURS_PER_MONTH * self.hours_a_day / 24

    @property
    def requests(self) -> float:
        """Requests per month."""
        return self.requests_per_second * 3600 * self.busy_hours

    def at(self, requests_per_second: float) -> "Usage":
        """Return the same usage at another request rate, which is not validated: it is computed, not entered."""
        found = copy.copy(self)
        object.__setattr__(found, "requests_per_second", requests_per_second)
        return found
