"""Durations in Copilot's notation."""

import re

from copilot_import.manifest import Manifest

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def seconds(text: str) -> float | None:
    """Return the seconds of a duration such as `1h30m`, `90s` or `500ms`; None if it is not one."""
    parts = re.findall(r"(\d{1,6}(?:\.\d{1,6})?)(ms|h|m|s)", text)
    if not parts or "".join(map("".join, parts)) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def seconds_of(manifest: Manifest, *path: str) -> float | None:
    """Return the seconds of a field; None if it is absent, or not a duration."""
    node = manifest.find(*path)
    return seconds(str(node)) if node is not None and node.is_scalar else None
