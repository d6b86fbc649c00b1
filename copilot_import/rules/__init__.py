"""The rules for manifest fields outside the spec: patterns of field paths and their results, by manifest section.

`*` matches one name, a trailing `**` everything below; the longest matching pattern wins.
"""

from collections.abc import Mapping

from copilot_import.findings import Rule
from copilot_import.rules.container import CONTAINER
from copilot_import.rules.ecs import ECS, SCALING, WORKER_SCALING
from copilot_import.rules.events import PUBLISH, SCHEDULED_JOB, SUBSCRIBE
from copilot_import.rules.http import HTTP, NETWORK_LOAD_BALANCER, REQUEST_DRIVEN, STATIC_SITE
from copilot_import.yaml_tree import FieldPath

_ON_ECS: Mapping[str, Rule] = {**CONTAINER, **ECS, **PUBLISH}
RULES: Mapping[str, Mapping[str, Rule]] = {
    "Load Balanced Web Service": {**_ON_ECS, **SCALING, **HTTP, **NETWORK_LOAD_BALANCER},
    "Backend Service": {**_ON_ECS, **SCALING, **HTTP},
    "Worker Service": {**_ON_ECS, **WORKER_SCALING, **SUBSCRIBE},
    "Scheduled Job": {**_ON_ECS, **SCHEDULED_JOB},
    "Request-Driven Web Service": {**PUBLISH, **REQUEST_DRIVEN},
    "Static Site": STATIC_SITE,
}


def match_rule(path: FieldPath, rules: Mapping[str, Rule]) -> tuple[FieldPath, Rule] | None:
    """Return the part of a path that a rule covers, and the rule; None if no pattern matches."""
    matches = [pattern for pattern in rules if _matches(path, pattern.split("."))]
    if not matches:
        return None
    best = max(matches, key=lambda pattern: (pattern.removesuffix(".**").count("."), "**" not in pattern))
    return path[: best.removesuffix(".**").count(".") + 1], rules[best]


def _matches(path: FieldPath, pattern: list[str]) -> bool:
    if pattern[-1] == "**":
        pattern = pattern[:-1]
        path = path[: len(pattern)]
    return len(path) == len(pattern) and all(p in ("*", name) for p, name in zip(pattern, path, strict=True))
