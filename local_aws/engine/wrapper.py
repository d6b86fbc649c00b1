"""A base for objects that change a part of another object."""

from __future__ import annotations

from typing import Any


class Wrapper:
    """Passes on every attribute that a subclass does not define."""

    def __init__(self, wrapped: Any) -> None:
        self._wrapped = wrapped

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)
