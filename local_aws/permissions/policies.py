"""IAM policy documents: whether one allows an action, and what is left without it."""

import fnmatch
from collections.abc import Mapping
from typing import Any


def grants(document: Mapping[str, Any], action: str) -> bool:
    """Whether a policy allows an action, on whatever resource."""
    return without(document, action) != document


def without(document: Mapping[str, Any], action: str) -> dict[str, Any]:
    """Return a policy that lacks every pattern that allows the action; statements left empty are dropped."""
    kept = []
    for statement in _listed(document["Statement"]):
        if statement["Effect"] != "Allow":
            kept.append(statement)
            continue
        actions = _listed(statement["Action"])
        left = [pattern for pattern in actions if not fnmatch.fnmatch(action.lower(), pattern.lower())]
        if left == actions:
            kept.append(statement)
        elif left:
            kept.append({**statement, "Action": left})
    return {**document, "Statement": kept}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
