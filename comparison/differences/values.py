"""Where two values differ, down to the last property that does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

_NAMES = ("Name", "name", "Key", "OptionName", "kind", "Sid")
_WORDS = {"Action": "", "NotAction": " everything but", "Resource": " on", "Principal": " to", "Condition": " if"}
_IN_ONE_LINE: Any = {"default_flow_style": True, "allow_unicode": True, "width": float("inf")}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One property.

    Attributes:
        path: such as "ContainerDefinitions[Main].Cpu".
        one: the value on the first side in one line, whole; None where it has none.
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
        yield Change(path=path, one=_said(one), other=_said(other))


def _property(one: Mapping[str, Any], other: Mapping[str, Any], key: str, path: str) -> Iterator[Change]:
    if key not in one:
        yield Change(path=path, one=None, other=_said(other[key]))
    elif key not in other:
        yield Change(path=path, one=_said(one[key]), other=None)
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
            yield Change(path=f"{path}[]", one=_said(item), other=None)
    for item in other:
        if item not in one:
            yield Change(path=f"{path}[]", one=None, other=_said(item))


def _by_name(items: Sequence[Any]) -> dict[str, Any] | None:
    """Items by what names them; None where some have no name or share one."""
    if not all(isinstance(item, Mapping) for item in items):
        return None
    names = [next((str(item[key]) for key in _NAMES if key in item), "") for item in items]
    if not all(names) or len(set(names)) != len(names):
        return None
    return dict(zip(names, items, strict=True))


def _said(value: Any) -> str:
    """One line: a text as it is, a statement of a policy as a sentence, anything else as YAML."""
    if isinstance(value, Mapping) and "Effect" in value and ("Action" in value or "NotAction" in value):
        return _statement(value)
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    text = (
        value or "''"
        if isinstance(value, str)
        else yaml.safe_dump(_plain(value), **_IN_ONE_LINE).removesuffix("\n...\n")
    )
    return " ".join(text.split())


def _statement(value: Mapping[str, Any]) -> str:
    """Such as "Allow sts:AssumeRole to Service ecs-tasks.amazonaws.com"."""
    sentence = f"{value['Effect']}"
    for key, word in _WORDS.items():
        if key in value:
            sentence += f"{word} {_said_of(value[key])}"
    rest = {key: inner for key, inner in value.items() if key not in (*_WORDS, "Effect", "Sid")}
    return f"{sentence} {_said(rest)}" if rest else sentence


def _said_of(value: Any) -> str:
    if isinstance(value, Mapping) and len(value) == 1:
        [(key, inner)] = value.items()
        return f"{key} {_said_of(inner)}"
    return _said(value)


def _plain(value: Any) -> Any:
    """The same in types that YAML knows."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
