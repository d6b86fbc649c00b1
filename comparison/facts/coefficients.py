"""The cost models as the few numbers from which the page prices any usage; `page/pricing.js` mirrors `Capacity`."""

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from pricing import capacity
from pricing.break_even import max_requests_per_second
from pricing.cost_model import CostModel
from pricing.ingress import INGRESSES, with_ingress
from pricing.prices import PriceList
from pricing.report import CostReport
from pricing.sizes import ReplicaSize
from pricing.usage import HOURS_PER_MONTH


def coefficients(report: CostReport, sizes: Sequence[ReplicaSize]) -> dict[str, Any]:
    """Return what the page needs, ready for JSON: one list of targets for each replica size."""
    return {
        "hours": HOURS_PER_MONTH,
        "new_connections_per_request": capacity.NEW_CONNECTIONS_PER_REQUEST,
        "new_connections_per_lcu": capacity.NEW_CONNECTIONS_PER_LCU,
        "bytes_per_lcu_hour": capacity.BYTES_PER_LCU_HOUR,
        "min_active_seconds": capacity.MIN_ACTIVE_SECONDS,
        "http_api_increment_bytes": capacity.HTTP_API_INCREMENT_BYTES,
        "region": report.region,
        "usage": dataclasses.asdict(report.usage),
        "ingresses": list(INGRESSES.values()),
        "sizes": [{"name": size.name, "targets": _by_ingress(size.cost_models)} for size in sizes],
        "max_requests_per_second": max(max_requests_per_second(size.cost_models, report.usage) for size in sizes),
    }


def _by_ingress(models: Sequence[CostModel]) -> list[list[dict[str, Any]]]:
    """One list of targets for each ingress."""
    prices = PriceList.load()
    return [[_target(one) for one in with_ingress(models, ingress, prices)] for ingress in INGRESSES]


def _target(model: CostModel) -> dict[str, Any]:
    usd: dict[str, float] = defaultdict(float)
    for charge in model.charges:
        usd[charge.usage_metric] += charge.unit_price_usd * charge.quantity
    found = model.capacity
    return {
        "id": model.target,
        "closed": bool(model.closed_to_new_customers),
        "capacity": {
            "replica_type": found.replica_type,
            "min_replicas": found.min_replicas,
            "max_replicas": found.max_replicas,
            "vcpus": found.vcpus,
            "target_cpu_percent": found.target_cpu_percent,
            "memory_mib": found.memory_mib,
            "max_concurrency": found.max_concurrency,
            "provisioned_concurrency": found.provisioned_concurrency,
            "throttling_rate_limit": found.throttling_rate_limit,
            "request_limits": [dataclasses.asdict(each) for each in found.request_limits],
            # Counted here for every number of replicas that the template allows.
            "instances": instances(model) or None,
        },
        "usd": dict(sorted(usd.items())),
        "allowances": [
            {"usd": each.unit_price_usd, "units": each.units, "quantities": each.quantities}
            for each in model.allowances
        ],
    }


def instances(model: CostModel) -> list[int]:
    """Return the instances that AWS starts for 0, 1, 2, ... replicas; empty where it bills none."""
    packing = model.capacity.packing
    return [packing.instances(replicas) for replicas in range(model.capacity.max_replicas + 1)] if packing else []
