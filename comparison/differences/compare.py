"""Two templates, resource by resource: names lose hashes and stacks before anything is compared."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from comparison.differences.names import renamed, told
from comparison.differences.values import Change, changes
from comparison.facts.model import TargetFacts

__all__ = ["Change", "Difference", "Pair", "Part", "compare"]

_ROLE = "AWS::IAM::Role"
# The CDK calls a rule of a security group by the other side, below the group.
_RULE = re.compile(r"/(from|to) ")
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
    """A resource that both have, with what differs in it.

    Attributes:
        place: where it stands; "here → there" where it has another name there.
    """

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
    pairs, names = _pairs(left, right)
    there = renamed(names)
    found = [
        Pair(kind=a.kind, place=_both(a, b, names), changes=tuple(changes(left[a], there(right[b]))))
        for a, b in sorted(pairs.items())
    ]
    return Difference(
        one=one.id,
        other=other.id,
        only_one=tuple(sorted(left.keys() - pairs.keys())),
        only_other=tuple(sorted(right.keys() - pairs.values())),
        changed=tuple(pair for pair in found if pair.changes),
        same=sum(not pair.changes for pair in found),
    )


def _parts(target: TargetFacts) -> dict[Part, Any]:
    name = told(target)
    parts = {}
    for resource in target.template.resources:
        part = Part(kind=resource.type, place=_RULE.sub(r" \1 ", name(resource.construct_path)))
        kept = {key: value for key, value in resource.resolved.items() if (part.kind, key) not in _ONLY_NAMES}
        parts[part] = name(kept)
    return parts


def _pairs(left: Mapping[Part, Any], right: Mapping[Part, Any]) -> tuple[dict[Part, Part], dict[str, str]]:
    """Pair what is compared; and which place there is which one here, by which more is found: what lies below it."""
    names: dict[str, str] = {}
    while True:
        there = renamed(names)
        by_name = {Part(kind=part.kind, place=there(part.place)): part for part in right}
        pairs = {part: by_name[part] for part in left if part in by_name}
        ours = {part: left[part] for part in left if part not in pairs}
        theirs = {part: there(right[by_name[part]]) for part in by_name if part not in pairs}
        alike = list(_alike(ours, theirs))
        if not alike:
            return pairs, names
        names |= {by_name[b].place: a.place for a, b in alike}


def _alike(left: Mapping[Part, Any], right: Mapping[Part, Any]) -> Iterator[tuple[Part, Part]]:
    """Pair what stands at other places, where each side has exactly one of a kind and both seem to be the same."""
    by_kind: dict[str, tuple[list[Part], list[Part]]] = defaultdict(lambda: ([], []))
    for side, parts in enumerate((left, right)):
        for part in parts:
            by_kind[part.kind][side].append(part)
    for ours, theirs in by_kind.values():
        if len(ours) == len(theirs) == 1:
            [a], [b] = ours, theirs
            if left[a] == right[b] or _is_same_place(a, b):
                yield a, b


def _is_same_place(one: Part, other: Part) -> bool:
    """Whether two have the same name or the same parent: roles beside each other are two, for others take them."""
    (parent, _, name), (other_parent, _, other_name) = one.place.rpartition("/"), other.place.rpartition("/")
    return name == other_name or (parent == other_parent and one.kind != _ROLE)


def _both(one: Part, other: Part, names: Mapping[str, str]) -> str:
    """Where both stand; of what only lies below something that is called otherwise there, the place here is enough."""
    if names.get(other.place) != one.place:
        return one.place
    group, _, _ = one.place.partition(" ")
    return f"{one.place} → {other.place.removeprefix(f'{group} ')}"
