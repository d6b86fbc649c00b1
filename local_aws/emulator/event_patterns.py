"""Event patterns and input templates of EventBridge Pipes."""

from __future__ import annotations

import fnmatch
import json
import re
from typing import Any

_PLACEHOLDER = re.compile(r'("?)<\$([^>]+)>("?)')


def matches(pattern: Any, value: Any) -> bool:
    """Whether an event pattern matches.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html
    Knows plain values, "exists", "prefix", "suffix", "wildcard" and "anything-but".

    Raises:
        ValueError: the pattern uses a comparison that is not known here.
    """
    if isinstance(pattern, dict):
        known = isinstance(value, dict)
        return all(matches(item, value.get(key) if known else None) for key, item in pattern.items())
    return any(_one_of(item, value) for item in pattern)


def _one_of(item: Any, value: Any) -> bool:
    if not isinstance(item, dict):
        return bool(item == value)
    ((comparison, operand),) = item.items()
    if comparison == "exists":
        return (value is not None) is operand
    if comparison in ("prefix", "suffix", "wildcard"):
        wanted = {"prefix": f"{operand}*", "suffix": f"*{operand}", "wildcard": operand}[comparison]
        return isinstance(value, str) and fnmatch.fnmatchcase(value, wanted)
    if comparison == "anything-but":
        return value not in (operand if isinstance(operand, list) else [operand])
    raise ValueError(f"event pattern comparison {comparison!r} is not known here")


def fill(template: str, record: dict[str, Any]) -> str:
    """The input template with its placeholders replaced by the record's values.

    A placeholder is a value of its own, quoted or not, or part of a longer string.
    """

    def value(match: re.Match[str]) -> str:
        found: Any = record
        for step in match[2].lstrip(".").split("."):
            found = found.get(step) if isinstance(found, dict) else None
        # A path that finds nothing gives an empty string, as Pipes does inside quotes.
        text = json.dumps("" if found is None else found)
        inside_a_string = bool(match[1]) != bool(match[3]) or (
            not match[1] and template[: match.start()].count('"') % 2 == 1
        )
        return match[1] + text.strip('"') + match[3] if inside_a_string else text

    return _PLACEHOLDER.sub(value, template)
