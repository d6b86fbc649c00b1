"""Event patterns and input templates of EventBridge Pipes."""

from __future__ import annotations

import fnmatch
import json
import re
from typing import Any

_PLACEHOLDER = re.compile(r'("?)<\$([^>]+)>("?)')


def matches(pattern: Any, value: Any) -> bool:
    """Match an event against an event pattern.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html
    Supports plain values, "exists", "prefix", "suffix", "wildcard" and "anything-but".

    Raises:
        ValueError: the pattern uses another comparison.
    """
    if isinstance(pattern, dict):
        fields = value if isinstance(value, dict) else {}
        return all(matches(item, fields.get(key)) for key, item in pattern.items())
    return any(_matches_one(item, value) for item in pattern)


def _matches_one(item: Any, value: Any) -> bool:
    if not isinstance(item, dict):
        return bool(item == value)
    ((comparison, operand),) = item.items()
    if comparison == "exists":
        return (value is not None) is operand
    if comparison in ("prefix", "suffix", "wildcard"):
        glob = {"prefix": f"{operand}*", "suffix": f"*{operand}", "wildcard": operand}[comparison]
        return isinstance(value, str) and fnmatch.fnmatchcase(value, glob)
    if comparison == "anything-but":
        return value not in (operand if isinstance(operand, list) else [operand])
    raise ValueError(f"the event pattern comparison {comparison!r} is not supported by the emulator")


def render(template: str, record: dict[str, Any]) -> str:
    """Replace the placeholders of an input template with values of the record.

    A placeholder is a value of its own, quoted or not, or part of a longer string.
    """

    def replace(match: re.Match[str]) -> str:
        found: Any = record
        for step in match[2].lstrip(".").split("."):
            found = found.get(step) if isinstance(found, dict) else None
        # Pipes renders a path without a value as an empty string inside quotation marks.
        text = json.dumps("" if found is None else found)
        is_part_of_string = bool(match[1]) != bool(match[3]) or (
            not match[1] and template[: match.start()].count('"') % 2 == 1
        )
        return match[1] + text.strip('"') + match[3] if is_part_of_string else text

    return _PLACEHOLDER.sub(replace, template)
