"""Profiles as the few numbers with which a page prices any load by itself: `page/answer.js` is `Capacity` again."""

from collections import defaultdict
from typing import Any

from comparison.cost.capacity import Capacity
from comparison.cost.load import HOURS_A_MONTH
from comparison.cost.profile import Profile
from comparison.facts.costs import Costs


def coefficients(found: Costs) -> dict[str, Any]:
    """Return what the page needs, ready for JSON."""
    load = found.load
    return {
        "hours": HOURS_A_MONTH,
        "region": found.region,
        "load": {name: getattr(load, name) for name in load.__dataclass_fields__},
        "targets": [_target(one) for one in found.profiles],
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
