"""Where two values differ, down to the last property that does."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_NAMES = ("Name", "name", "Key", "OptionName", "kind", "Sid")
_LONGEST = 110


@dataclass(frozen=True, kw_only=True)
class Change:
    """One property.

    Attributes:
        path: such as "ContainerDefinitions[Main].Cpu".
        one: the value on the first side, shortened; None where it has none.
        other: the same of the second side.
    """

    path: str
    one: str | None
    other: str | None


def changes(one: Any, other: Any, path: str = "") -> Iterator[Change]:
    """Yield what differs between two values, properties in alphabetical order."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted({*one, *other}):
            yield from _property(one, other, key, f"{path}.{key}" if path else key)
    elif isinstance(one, list) and isinstance(other, list):
        yield from _items(one, other, path)
    elif one != other:
        yield Change(path=path, one=_short(one), other=_short(other))


def _property(one: Mapping[str, Any], other: Mapping[str, Any], key: str, path: str) -> Iterator[Change]:
    if key not in one:
        yield Change(path=path, one=None, other=_short(other[key]))
    elif key not in other:
        yield Change(path=path, one=_short(one[key]), other=None)
    else:
        yield from changes(one[key], other[key], path)


def _items(one: Sequence[Any], other: Sequence[Any], path: str) -> Iterator[Change]:
    left, right = _by_name(one), _by_name(other)
    if left is not None and right is not None:
        for name in dict.fromkeys([*left, *right]):
            yield from _property(left, right, name, f"{path}[{name}]")
        return
    for item in one:
        if item not in other:
            yield Change(path=f"{path}[]", one=_short(item), other=None)
    for item in other:
        if item not in one:
            yield Change(path=f"{path}[]", one=None, other=_short(item))


def _by_name(items: Sequence[Any]) -> dict[str, Any] | None:
    """Items by what names them; None where some have no name or share one."""
    if not all(isinstance(item, Mapping) for item in items):
        return None
    names = [next((str(item[key]) for key in _NAMES if key in item), "") for item in items]
    if not all(names) or len(set(names)) != len(names):
        return None
    return dict(zip(names, items, strict=True))


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
