"""Everything as JSON, for other programs."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from comparison.costs import sentences
from comparison.facts import Facts, TargetFacts
from comparison.facts.costs import monthly_usd_by_size

SCHEMA = 2
_DRAWN_ELSEWHERE = ("template",)


def as_json(facts: Facts) -> str:
    """Return every fact; `null` where nothing was measured. The page is drawn from the same."""
    parts = (
        *("region", "price_source", "usage", "estimates", "shared_costs", "ranges", "ranges_available"),
        *("break_even_points", "resource_types"),
    )
    whole = {
        "schema": SCHEMA,
        "answers": [_plain(answer) for answer in facts.answers],
        "targets": [_target(target) for target in facts.targets],
        "spec_fields": [_plain(field) for field in facts.spec_fields],
        "tables": [_plain(table) for table in facts.tables],
        "costs": {
            **{name: _plain(getattr(facts.costs, name)) for name in parts},
            "sizes": _sizes(facts),
            "assumptions": sentences.of_everything_assumed(facts.costs),
        },
        "not_covered": _plain(facts.not_covered),
        "run": _plain(facts.run),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)


def _sizes(facts: Facts) -> list[dict[str, Any]]:
    months = monthly_usd_by_size(facts.costs.usage, facts.sizes)
    return [
        {
            "vcpus": size.vcpus,
            "memory_mib": size.memory_mib,
            "usd": {target: usd[place] for target, usd in months.items()},
        }
        for place, size in enumerate(facts.sizes)
    ]


def _target(target: TargetFacts) -> dict[str, Any]:
    names = [field.name for field in dataclasses.fields(target) if field.name not in _DRAWN_ELSEWHERE]
    return {"id": target.id, **{name: _plain(getattr(target, name)) for name in names}}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
