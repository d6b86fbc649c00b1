"""Profiles as the few numbers with which a page prices any load by itself: `page/answer.js` is `Capacity` again."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from comparison.facts.costs import Costs
from pricing import capacity
from pricing.capacity import Capacity
from pricing.crossovers import most
from pricing.load import HOURS_A_MONTH
from pricing.profile import Profile
from pricing.sizes import Size


def coefficients(found: Costs, sizes: Sequence[Size]) -> dict[str, Any]:
    """Return what the page needs, ready for JSON: one list of targets for each size of a copy."""
    load = found.load
    return {
        "hours": HOURS_A_MONTH,
        "new_connections": capacity.NEW_CONNECTIONS,
        "connections_a_unit": capacity.CONNECTIONS_A_UNIT,
        "bytes_a_unit": capacity.BYTES_A_UNIT,
        "shortest_activity_s": capacity.SHORTEST_ACTIVITY_S,
        "region": found.region,
        "load": {name: getattr(load, name) for name in load.__dataclass_fields__},
        "sizes": [{"name": size.name, "targets": [_target(one) for one in size.profiles]} for size in sizes],
        "most": max(most(size.profiles, load) for size in sizes),
    }


def _target(one: Profile) -> dict[str, Any]:
    usd: dict[str, float] = defaultdict(float)
    for line in one.lines:
        usd[line.driver] += line.usd * line.factor
    return {
        "id": one.target,
        "closed": bool(one.closed),
        "capacity": _capacity(one.capacity),
        "usd": dict(sorted(usd.items())),
    }


def _capacity(of: Capacity) -> dict[str, Any]:
    """Machines are counted beforehand, for every number of copies that the template allows."""
    return {
        "counted": of.counted,
        "min": of.min_copies,
        "max": of.max_copies,
        "vcpus": of.vcpus,
        "target": of.target_percent,
        "memory": of.memory_mib,
        "concurrency": of.concurrency,
        "throttle": of.throttle,
        "machines": [of.packing.machines(copies) for copies in range(of.max_copies + 1)] if of.packing else None,
    }
