"""What becomes of each field that the spec does not hold: a pattern of its path, and the answer.

`*` stands for any one name, `**` at the end for all that lies below; the longest pattern that fits wins.
"""

from collections.abc import Mapping

from copilot_import.rules.answer import Answer, Rule
from copilot_import.rules.container import CONTAINER
from copilot_import.rules.events import JOB, PUBLISHING, WORKER
from copilot_import.rules.request_driven import REQUEST_DRIVEN
from copilot_import.rules.scaling import SCALING
from copilot_import.rules.static_site import STATIC_SITE
from copilot_import.rules.tasks import TASKS
from copilot_import.rules.web import NETWORK_LOAD_BALANCER, WEB
from copilot_import.tree import Path

__all__ = ["RULES", "Answer", "Rule", "matching"]

_ON_ECS: Mapping[str, Rule] = {**CONTAINER, **TASKS, **PUBLISHING}
RULES: Mapping[str, Mapping[str, Rule]] = {
    "Load Balanced Web Service": {**_ON_ECS, **SCALING, **WEB, **NETWORK_LOAD_BALANCER},
    "Backend Service": {**_ON_ECS, **SCALING, **WEB},
    "Worker Service": {**_ON_ECS, **SCALING, **WORKER},
    "Scheduled Job": {**_ON_ECS, **JOB},
    "Request-Driven Web Service": {**PUBLISHING, **REQUEST_DRIVEN},
    "Static Site": STATIC_SITE,
}


def matching(path: Path, rules: Mapping[str, Rule]) -> tuple[Path, Rule] | None:
    """Return the rule for a path with the part of the path that it speaks of, None where there is none."""
    fitting = [pattern for pattern in rules if _fits(path, pattern.split("."))]
    if not fitting:
        return None
    best = max(fitting, key=lambda pattern: (pattern.removesuffix(".**").count("."), "**" not in pattern))
    length = best.removesuffix(".**").count(".") + 1
    return path[:length], rules[best]


def _fits(path: Path, pattern: list[str]) -> bool:
    if pattern[-1] == "**":
        pattern = pattern[:-1]
        path = path[: len(pattern)]
    return len(path) == len(pattern) and all(p in ("*", name) for p, name in zip(pattern, path, strict=True))
