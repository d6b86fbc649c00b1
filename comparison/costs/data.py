"""The cost of targets as JSON, for other programs."""

import json
from dataclasses import asdict

from comparison.facts.coefficients import instances
from pricing.report import ASSUMPTIONS, CostReport

_DIGITS = 6


def as_json(report: CostReport) -> str:
    """Return everything, with the lines and capacities from which any other load can be priced.

    A cost model's `instances` has the number that AWS starts for 0, 1, 2, ... replicas; empty where it bills none.
    """
    found = asdict(report)
    for written, cost_model in zip(found["cost_models"], report.cost_models, strict=True):
        written["instances"] = instances(cost_model)
    return json.dumps(_rounded({**found, "assumptions": ASSUMPTIONS}), indent=2)


def _rounded(value: object) -> object:
    """The same with numbers of six digits: what the last bits of a machine's arithmetic are is nobody's business."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value
