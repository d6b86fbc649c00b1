"""The JSON format: the facts themselves, for other programs; `null` for what was not measured."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from comparison.change import AppChange
from comparison.cost_document import all_assumptions
from comparison.facts import CostReport, Facts
from comparison.facts.coefficients import instances
from comparison.facts.costs import monthly_usd_by_size
from comparison.facts.dataset import Fact
from comparison.link_check import LinkState
from pricing.report import ASSUMPTIONS

SCHEMA = 2
_DIGITS = 6
_NOT_WRITTEN = ("template",)
_COSTS = (
    *("region", "region_warning", "price_source", "has_free_tier", "compute_discount_percent", "ingress", "usage"),
    *("estimates", "shared_costs", "ranges", "ranges_available", "break_even_points", "resource_types"),
)


def facts_as_json(facts: Facts) -> str:
    """Return all facts except templates and cost models."""
    costs, months = facts.costs, monthly_usd_by_size(facts.costs.usage, facts.sizes)
    sizes = [
        {
            "vcpus": size.vcpus,
            "memory_mib": size.memory_mib,
            "usd": {target: usd[number] for target, usd in months.items()},
        }
        for number, size in enumerate(facts.sizes)
    ]
    names = ("answers", "targets", "spec_fields", "tables", "not_covered", "updates", "run", "records")
    found = {"schema": SCHEMA} | {name: _plain(getattr(facts, name)) for name in names}
    found["costs"] = {
        **{name: _plain(getattr(costs, name)) for name in _COSTS},
        "sizes": sizes,
        "assumptions": all_assumptions(costs),
    }
    return json.dumps(found, indent=2, ensure_ascii=False)


def report_as_json(report: CostReport) -> str:
    """Return the cost report, with the charges and capacities from which any other load can be priced.

    A cost model's `instances` has the number that AWS starts for 0, 1, 2, ... replicas; empty where it bills none.
    """
    found = _plain(report)
    for written, cost_model in zip(found["cost_models"], report.cost_models, strict=True):
        written["instances"] = instances(cost_model)
    return json.dumps(_rounded({**found, "assumptions": ASSUMPTIONS}), indent=2)


def change_as_json(change: AppChange) -> str:
    """Return a change of the app, with the actions of CloudFormation on each resource."""
    names = ("base", "head", "region", "price_source", "usage", "targets", "unchanged", "stacks", "items", "findings")
    found = {"schema": 1} | {name: _plain(getattr(change, name)) for name in names}
    rolling = {one.key for one in change.effects.rolling}
    found["actions"] = [
        {
            "stack": one.stack,
            "logical_id": one.logical_id,
            "type": one.type,
            "action": one.action,
            "rolling": one.key in rolling,
            "properties": _plain(one.properties),
        }
        for one in change.effects.changes
    ]
    return json.dumps(_rounded(found), indent=2, ensure_ascii=False)


def due_facts_as_json(facts: Sequence[Fact], links: Sequence[LinkState] | None) -> str:
    """Return the facts that are due for a check, and the state of the pages; `null` if they were not opened."""
    found = {"schema": 1, "older": msgspec.to_builtins(facts), "links": _plain(links)}
    return json.dumps(found, indent=2, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value) if field.name not in _NOT_WRITTEN]
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, msgspec.Struct):
        return msgspec.to_builtins(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _rounded(value: Any) -> Any:
    """The value with numbers of six digits, which are the same on every processor."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list | tuple) else value
