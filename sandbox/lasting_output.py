"""Output that a closed terminal cannot break: the deletion of stacks goes on without a screen."""

from __future__ import annotations

from contextlib import suppress
from typing import IO, Any


class LastingOutput:
    """A text file whose writes never fail.

    Args:
        file: The file to write to.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write text, unless the terminal is closed."""
        with suppress(OSError, ValueError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, unless the terminal is closed."""
        with suppress(OSError, ValueError):
            self._file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
