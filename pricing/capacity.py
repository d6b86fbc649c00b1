"""How many copies a template runs for a load, and what these use in a month."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pricing.load import HOURS_A_MONTH, Load
from pricing.packing import Packing

# Of ten requests one opens a new connection to the load balancer; a capacity unit holds 25 new ones a second or 1 GB
# an hour. https://aws.amazon.com/elasticloadbalancing/pricing/
NEW_CONNECTIONS, CONNECTIONS_A_UNIT, BYTES_A_UNIT = 0.1, 25, 1e9
# App Runner bills an instance for a minute at least when a request wakes it. https://aws.amazon.com/apprunner/pricing/
SHORTEST_ACTIVITY_S = 60


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """The scaling configuration of a template, and the size of one copy.

    Attributes:
        resource: what runs the copies, as its logical id.
        counted: what is counted: "copies", "machines" with one copy each, or "environments" of a function.
        min_copies: that always run.
        max_copies: that scaling starts at most.
        vcpus: processors of one copy.
        target_percent: load of them at which scaling starts another copy.
        memory_mib: of one copy, in MiB.
        concurrency: requests that one copy has at once at most; None for no limit.
        packing: machines that AWS starts to hold the copies or what they need; None where there are none to pay.
        throttle: requests a second that the front door lets through; None for no limit.
    """

    resource: str
    counted: str
    min_copies: int
    max_copies: int
    vcpus: float
    target_percent: float
    memory_mib: float
    concurrency: int | None = None
    packing: Packing | None = None
    throttle: float | None = None

    def duration(self, load: Load) -> float:
        """Return the seconds that one request takes: one thread works on it, on a vCPU or on the share there is."""
        return load.cpu_seconds / min(1.0, self.vcpus) + load.wait_seconds

    def fewest(self, load: Load) -> int:
        """Return the copies that run without requests."""
        if self.counted == "environments" or load.always_on is None:
            return self.min_copies
        return math.ceil(load.always_on)

    def copies(self, load: Load) -> int:
        """Return the copies that run while there is load, were there no most."""
        held = self.vcpus * self.target_percent / 100
        needed = [load.requests_per_second * load.cpu_seconds / held]
        if self.concurrency:
            needed.append(load.requests_per_second * self.duration(load) / self.concurrency)
        return max(self.fewest(load), math.ceil(max(needed) - 1e-9))

    def could(self, load: Load) -> bool:
        """Whether nothing but the most copies keeps the template from carrying the load."""
        throttled = self.throttle is not None and load.requests_per_second > self.throttle
        return load.memory_mib <= self.memory_mib and not throttled

    def why_not(self, load: Load) -> str:
        """Return why the template cannot carry the load; "" when it can."""
        copies = self.copies(load)
        if load.memory_mib > self.memory_mib:
            return f"a copy has {self.memory_mib:g} MiB, the load needs {load.memory_mib:g}"
        if self.throttle is not None and load.requests_per_second > self.throttle:
            return f"its HTTP API lets {self.throttle:,.0f} requests a second through"
        if copies > self.max_copies:
            return f"it takes {copies:,} {self.counted}, the template allows {self.max_copies:,}"
        return ""

    def usage(self, load: Load) -> Mapping[str, float]:
        """Return what a month of the load uses: driver -> amount; every line of a target is billed by one of them."""
        busy, quiet = load.busy_hours, HOURS_A_MONTH - load.busy_hours
        few, many = self.fewest(load), self.copies(load)
        machines = self.packing.machines if self.packing else {0: 0}.get
        units = max(
            load.requests_per_second * NEW_CONNECTIONS / CONNECTIONS_A_UNIT,
            load.requests_per_second * 3600 * (load.request_bytes + load.response_bytes) / BYTES_A_UNIT,
        )
        return {
            "months": 1,
            "hours": HOURS_A_MONTH,
            "copy_hours": many * busy + few * quiet,
            "machine_hours": (machines(many) or 0) * busy + (machines(few) or 0) * quiet,
            "active_copy_hours": min(many, load.requests_per_second * SHORTEST_ACTIVITY_S) * busy,
            "standing_copy_hours": few * HOURS_A_MONTH,
            "started_copy_hours": (many - few) * busy,
            "million_requests": load.requests / 1e6,
            "function_seconds": load.requests * self.duration(load),
            "lcu_hours": units * busy,
            "log_gb": load.requests * load.log_bytes / 1e9,
            "span_gb": load.requests * load.span_bytes / 1e9,
            "million_reads": load.requests * load.table_reads / 1e6,
            "million_writes": load.requests * load.table_writes / 1e6,
            "table_gb": load.table_gb,
        }
