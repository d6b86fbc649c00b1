"""A difference on the terminal."""

import itertools
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from comparison.differences.compare import Change, Difference, Pair, Part
from comparison.differences.hanging import Hanging
from deployment.console import plural

_SIDES = (("-", "red"), ("+", "green"))
# From so many properties on, a change that they share is said once.
_MANY = 3


def as_terminal(difference: Difference) -> RenderableType:
    """Render what only one side has, then what both have but not alike."""
    return Group(*_parts(difference))


def short(kind: str) -> str:
    """Return "ECS Service" for "AWS::ECS::Service"."""
    return " ".join(part for part in kind.split("::") if part != "AWS")


def _parts(difference: Difference) -> Iterator[RenderableType]:
    yield Text(f"{difference.one} → {difference.other}", "bold")
    if difference.one == difference.other:
        yield Text("They are the same: choose another one.")
        return
    yield from _only(0, difference.one, difference.only_one)
    yield from _only(1, difference.other, difference.only_other)
    if difference.changed:
        yield Text(f"\nboth have, but not alike ({len(difference.changed)})")
    for pair in difference.changed:
        yield Hanging(f"  ~ {short(pair.kind)}  ", pair.place, "yellow")
        for paths, changes in _grouped(pair):
            yield from _group(paths, changes)
    yield Text(f"\n{plural(difference.same, 'resource')} alike in both", "dim")


def _only(side: int, target: str, parts: Sequence[Part]) -> Iterator[RenderableType]:
    sign, style = _SIDES[side]
    yield Text(f"\nonly {target} has ({len(parts)})")
    widest = max((len(short(part.kind)) for part in parts), default=0)
    for part in parts:
        yield Hanging(f"  {sign} {short(part.kind):{widest}}  ", part.place, style)


def _grouped(pair: Pair) -> list[tuple[list[str], list[Change]]]:
    """What differs under each property; properties whose values change in the same way are one group."""
    groups: dict[object, tuple[list[str], list[Change]]] = {}
    by_path = itertools.groupby(pair.changes, key=lambda change: change.path.removesuffix("[]"))
    found = [(path, list(changes)) for path, changes in by_path]
    ways = [tuple((change.one, change.other) for change in changes) for _, changes in found]
    for (path, changes), way in zip(found, ways, strict=True):
        key = way if ways.count(way) >= _MANY else path
        groups.setdefault(key, ([], changes))[0].append(path)
    return list(groups.values())


def _group(paths: Sequence[str], changes: Sequence[Change]) -> Iterator[RenderableType]:
    for path in paths:
        yield Hanging("      ", path, "dim")
    for (sign, style), values in zip(_SIDES, (_values(changes, "one"), _values(changes, "other")), strict=True):
        for value in values:
            yield Hanging(f"      {sign} ", value, style)


def _values(changes: Sequence[Change], side: str) -> list[str]:
    return [value for change in changes if (value := getattr(change, side)) is not None]
