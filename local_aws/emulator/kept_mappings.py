"""The mappings of patches and emulated services that outlive a crash of the emulator."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, TypeVar

Mapping = TypeVar("Mapping", bound=MutableMapping[Any, Any])

KEPT: dict[str, MutableMapping[Any, Any]] = {}
"""Name -> mapping."""


def keep(name: str, mapping: Mapping) -> Mapping:
    """Let a mapping outlive a crash, and return it.

    Args:
        name: A unique name.
        mapping: The mapping; its keys and values can be pickled.
    """
    KEPT[name] = mapping
    return mapping
