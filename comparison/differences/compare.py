"""Two templates, resource by resource: names lose their hashes and stacks their names before anything is compared."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from comparison.differences.values import Change, changes
from comparison.facts.model import TargetFacts

__all__ = ["Change", "Difference", "Pair", "Part", "compare"]

_CODES_ROLE = "the code's role"
# They say where a resource stands, which its place says already.
_ONLY_NAMES = {
    ("AWS::IAM::Policy", "PolicyName"),
    ("AWS::IAM::Policy", "Roles"),
    ("Custom::AWSCDK-EKS-HelmChart", "Release"),
}


@dataclass(frozen=True, kw_only=True, order=True)
class Part:
    """One resource: its CloudFormation type and its place in the construct tree."""

    kind: str
    place: str


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A resource that both have, with what differs in it."""

    kind: str
    place: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What two targets' templates do not share.

    Attributes:
        one: id of the first target.
        other: id of the second.
        only_one: resources that only the first has.
        only_other: resources that only the second has.
        changed: resources that both have, but not alike.
        same: number of resources that are alike in both.
    """

    one: str
    other: str
    only_one: tuple[Part, ...]
    only_other: tuple[Part, ...]
    changed: tuple[Pair, ...]
    same: int


def compare(one: TargetFacts, other: TargetFacts) -> Difference:
    """Compare the templates of two targets."""
    left, right = _parts(one), _parts(other)
    pairs = [(part, part) for part in left if part in right]
    pairs += _lonely({part for part in left if part not in right}, {part for part in right if part not in left})
    found = [Pair(kind=a.kind, place=a.place, changes=tuple(changes(left[a], right[b]))) for a, b in sorted(pairs)]
    return Difference(
        one=one.id,
        other=other.id,
        only_one=tuple(sorted(set(left) - {a for a, _ in pairs})),
        only_other=tuple(sorted(set(right) - {b for _, b in pairs})),
        changed=tuple(pair for pair in found if pair.changes),
        same=sum(not pair.changes for pair in found),
    )


def _parts(target: TargetFacts) -> dict[Part, Any]:
    role = next((role.place for role in target.roles if role.runs_the_code), None)
    parts = {}
    for resource in target.template.resources:
        place = resource.place
        if role and (place == role or place.startswith(f"{role}/")):
            place = _CODES_ROLE + place.removeprefix(role)
        part = Part(kind=resource.kind, place=_without(target.template.stack, place))
        kept = {name: value for name, value in resource.properties.items() if (part.kind, name) not in _ONLY_NAMES}
        parts[part] = _without(target.template.stack, kept)
    return parts


def _lonely(left: Iterable[Part], right: Iterable[Part]) -> list[tuple[Part, Part]]:
    """Pair what stands at other places, where each side has exactly one of a kind."""
    by_kind = {part.kind: part for part in right}
    counts = Counter(part.kind for part in left), Counter(part.kind for part in right)
    return [(part, by_kind[part.kind]) for part in left if counts[0][part.kind] == counts[1][part.kind] == 1]


def _without(stack: str, value: Any) -> Any:
    """Replace the stack's own name: two stacks never share it, and it says nothing."""
    if isinstance(value, str):
        return value.replace(stack, "<stack>").replace(stack.lower(), "<stack>")
    if isinstance(value, Mapping):
        return {key: _without(stack, inner) for key, inner in value.items()}
    return [_without(stack, inner) for inner in value] if isinstance(value, list) else value
