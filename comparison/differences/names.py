"""Names as a reader says them: a resource by its place, another stack's by stack and name."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from comparison.facts.model import TargetFacts
from deployment.template import strip_hashes

CODES_ROLE = "the code's role"
# What the CDK leaves out when it makes one word of a place.
_JOINED = re.compile(r"[^A-Za-z0-9]")


def told(target: TargetFacts) -> Callable[[Any], Any]:
    """Return what replaces names in a target's template.

    `OrdersFrontDoorApi`, with the stack's name before it or without, becomes `Orders/FrontDoor/Api`, and what other
    stacks export `OrdersNetwork/Vpc`; two stacks never share their own name, so where it stands alone it says "stack".
    """
    stack = target.template.stack
    role = next((role.construct_path for role in target.roles if role.is_application_role), "")
    names = {stack: "stack", stack.lower(): "stack"}
    for resource in target.template.resources:
        place = _of_the_code(resource.construct_path, role)
        joined = _JOINED.sub("", resource.construct_path)
        names |= {strip_hashes(resource.logical_id): place, joined: place, f"{stack}{joined}": place}
        if place != resource.construct_path:
            names[resource.construct_path] = place
    others = sorted((name for name, _ in target.dependencies), key=len, reverse=True)
    return _replacing(names, others)


def renamed(names: Mapping[str, str]) -> Callable[[Any], Any]:
    """Return what replaces places by those that they are compared with."""
    return _replacing(names, [])


def _of_the_code(place: str, role: str) -> str:
    is_the_codes = role and (place == role or place.startswith(f"{role}/"))
    return CODES_ROLE + place.removeprefix(role) if is_the_codes else place


def _replacing(names: Mapping[str, str], others: list[str]) -> Callable[[Any], Any]:
    """Longest names first, whole names only: `OrdersService` is no part of `OrdersServiceRole`."""
    longest_first = sorted(filter(None, names), key=len, reverse=True)
    own = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, longest_first))})(?![A-Za-z0-9])")
    foreign = re.compile(rf"(?<![A-Za-z0-9])({'|'.join(map(re.escape, others))})(?=[A-Z][a-z])") if others else None

    def replace(value: Any) -> Any:
        if isinstance(value, str):
            text = own.sub(lambda found: names[found[0]], value) if longest_first else value
            return foreign.sub(r"\1/", text) if foreign else text
        if isinstance(value, Mapping):
            return {replace(key): replace(inner) for key, inner in value.items()}
        return [replace(inner) for inner in value] if isinstance(value, list) else value

    return replace
