"""The replicas that a template runs for a given usage, and the usage metrics that they produce in a month."""

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pricing.packing import Packing
from pricing.prices import PriceList
from pricing.usage import HOURS_PER_MONTH, Usage
from pricing.workload import EXECUTION_ENVIRONMENTS, Workload

# One request in ten opens a new connection to the load balancer. An LCU covers 25 new connections per second or
# 1 GB per hour. https://aws.amazon.com/elasticloadbalancing/pricing/
NEW_CONNECTIONS_PER_REQUEST, NEW_CONNECTIONS_PER_LCU, BYTES_PER_LCU_HOUR = 0.1, 25, 1e9
# An HTTP API meters in increments of 512 KB, of the larger of request and response.
# https://aws.amazon.com/api-gateway/pricing/
HTTP_API_INCREMENT_BYTES = 512 * 1024
# App Runner bills an instance that a request makes active for at least a minute. https://aws.amazon.com/apprunner/pricing/
MIN_ACTIVE_SECONDS = 60
STEPPED_METRICS = frozenset(
    (
        *("replica_hours", "instance_hours", "active_replica_hours", "scaled_out_replica_hours"),
        *("function_seconds", "provisioned_function_seconds"),
    )
)
"""The usage metrics that are not proportional to the request rate, but for a constant."""
# Default quota of concurrent executions of an account.
_LAMBDA_CONCURRENCY = 1000
# Requests arrive at random: at 100 % of ten environments, every fifth would find all of them busy (Erlang B).
# The app's containers have the same headroom, by their CPU utilization.
_CONCURRENCY_UTILIZATION = 0.6


def http_api_increments(usage: Usage) -> int:
    """Return the requests that an HTTP API bills for one."""
    return max(1, math.ceil(max(usage.request_bytes, usage.response_bytes) / HTTP_API_INCREMENT_BYTES))


@dataclass(frozen=True, kw_only=True)
class Capacity(Workload):
    """A workload with the capacity of its replicas known.

    Attributes:
        vcpus: of one replica; those of its instance if it has one of its own.
        memory_mib: of one replica, in MiB.
        max_replicas: upper bound of scaling; the default quota where the template sets none.
        max_concurrency: concurrent requests that a replica is planned for: of Lambda, 60 % of one.
        target_cpu_percent: CPU utilization that scaling aims at; 100 where it scales by concurrency.
        packing: the instances that AWS starts and bills for the replicas or their cluster. Default: none.
    """

    vcpus: float
    memory_mib: float
    max_replicas: int
    target_cpu_percent: float = 100
    packing: Packing | None = None

    @classmethod
    def of(cls, workload: Workload, packing: Packing | None, prices: PriceList) -> "Capacity":
        """Return the capacity of a workload.

        Raises:
            UnknownPriceError: the price list does not have its instance type.
        """
        instance = prices.instance_type(workload.instance_type) if workload.instance_type else None
        known = {field.name: getattr(workload, field.name) for field in dataclasses.fields(workload)}
        known["vcpus"] = instance.vcpus if instance else workload.vcpus
        known["memory_mib"] = workload.memory_mib or (instance.memory_mib if instance else None)
        known["max_replicas"] = _LAMBDA_CONCURRENCY if workload.max_replicas is None else workload.max_replicas
        if workload.replica_type == EXECUTION_ENVIRONMENTS and workload.max_concurrency:
            known["max_concurrency"] = workload.max_concurrency * _CONCURRENCY_UTILIZATION
        known["target_cpu_percent"] = workload.target_cpu_percent or 100
        return cls(**known, packing=packing)

    def request_duration(self, usage: Usage) -> float:
        """Return the seconds that one request takes: a single thread uses at most one vCPU."""
        return usage.cpu_seconds / min(1.0, self.vcpus) + usage.wait_seconds

    def idle_replicas(self, usage: Usage) -> int:
        """Return the replicas that run without requests."""
        if self.replica_type == EXECUTION_ENVIRONMENTS or usage.always_on is None:
            return self.min_replicas
        return math.ceil(usage.always_on)

    def required_replicas(self, usage: Usage) -> int:
        """Return the replicas that the usage requires, even above `max_replicas`."""
        needed = usage.requests_per_second * self._replicas_per_rate(usage)
        return max(self.idle_replicas(usage), math.ceil(needed - 1e-9))

    def _replicas_per_rate(self, usage: Usage) -> float:
        """Return the replicas, not rounded, that one request per second requires."""
        by_cpu = usage.cpu_seconds / (self.vcpus * self.target_cpu_percent / 100)
        by_concurrency = self.request_duration(usage) / self.max_concurrency if self.max_concurrency else 0
        return max(by_cpu, by_concurrency)

    def max_requests_per_second(self, usage: Usage) -> float:
        """Return the highest request rate that the template supports, whatever that of the usage is; 0 if none."""
        if self.unsupported_reason(usage.at(0)):
            return 0
        limit = math.inf if self.throttling_rate_limit is None else self.throttling_rate_limit
        return min(limit, self.max_replicas / self._replicas_per_rate(usage))

    def breakpoints(self, usage: Usage) -> Iterator[float]:
        """Yield the request rates at which a usage metric jumps or changes its slope: the metrics are linear between.

        The metrics of a rate at which a replica is added are those of the lower side.
        """
        per_rate, idle = self._replicas_per_rate(usage), self.idle_replicas(usage)
        for replicas in range(max(1, idle), self.max_replicas + 1):
            yield replicas / per_rate
            yield replicas / MIN_ACTIVE_SECONDS
        if self.provisioned_concurrency:
            yield self.provisioned_concurrency / self.request_duration(usage)

    def within_limits(self, usage: Usage) -> bool:
        """Whether the template supports the usage apart from `max_replicas`."""
        return not self._exceeded_limit(usage)

    def unsupported_reason(self, usage: Usage) -> str:
        """Return why the template does not support the usage; "" if it does."""
        if reason := self._exceeded_limit(usage):
            return reason
        replicas = self.required_replicas(usage)
        if replicas > self.max_replicas:
            return f"needs {replicas:,} {self.replica_type}, the template allows {self.max_replicas:,}"
        return ""

    def _exceeded_limit(self, usage: Usage) -> str:
        if usage.memory_mib > self.memory_mib:
            return f"needs {usage.memory_mib:g} MiB per replica, the template allocates {self.memory_mib:g}"
        limit = self.throttling_rate_limit
        if limit is not None and usage.requests_per_second > limit:
            return f"its HTTP API is throttled at {limit:,.0f} requests/s"
        for each in self.request_limits:
            if each.request_bytes is not None and usage.request_bytes > each.request_bytes:
                return f"{each.name} accepts requests up to {each.request_bytes:,} bytes"
            if each.response_bytes is not None and usage.response_bytes > each.response_bytes:
                return f"{each.name} accepts responses up to {each.response_bytes:,} bytes"
            if each.seconds is not None and self.request_duration(usage) > each.seconds:
                return f"{each.name} ends a request after {each.seconds:g} seconds"
        return ""

    def usage_metrics(self, usage: Usage) -> Mapping[str, float]:
        """Return usage metric -> its amount in a month; each charge is billed by one of these metrics."""
        busy, quiet = usage.busy_hours, HOURS_PER_MONTH - usage.busy_hours
        idle, required = self.idle_replicas(usage), self.required_replicas(usage)
        packing = self.packing
        lcus = max(
            usage.requests_per_second * NEW_CONNECTIONS_PER_REQUEST / NEW_CONNECTIONS_PER_LCU,
            usage.requests_per_second * 3600 * (usage.request_bytes + usage.response_bytes) / BYTES_PER_LCU_HOUR,
        )
        # Requests beyond the initialized environments run in others, at the other price of Lambda.
        function_seconds = usage.requests * self.request_duration(usage)
        provisioned_seconds = min(function_seconds, self.provisioned_concurrency * busy * 3600)
        return {
            "months": 1,
            "hours": HOURS_PER_MONTH,
            "replica_hours": required * busy + idle * quiet,
            "instance_hours": packing.instances(required) * busy + packing.instances(idle) * quiet if packing else 0,
            "active_replica_hours": min(required, usage.requests_per_second * MIN_ACTIVE_SECONDS) * busy,
            "provisioned_replica_hours": idle * HOURS_PER_MONTH,
            "scaled_out_replica_hours": (required - idle) * busy,
            "million_requests": usage.requests / 1e6,
            "million_http_api_requests": usage.requests / 1e6 * http_api_increments(usage),
            "function_seconds": function_seconds - provisioned_seconds,
            "provisioned_function_seconds": provisioned_seconds,
            "lcu_hours": lcus * busy,
            "log_gb": usage.requests * usage.log_bytes / 1e9,
            "span_gb": usage.requests * usage.span_bytes / 1e9,
            "million_reads": usage.requests * usage.table_reads / 1e6,
            "million_writes": usage.requests * usage.table_writes / 1e6,
            "million_write_units": usage.requests * usage.table_writes * usage.write_units / 1e6,
            "table_gb": usage.table_gb,
        }
