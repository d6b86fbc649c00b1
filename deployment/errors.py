"""The error that a command prints instead of a stack trace: what happened, its cause, and the fix."""

import sys
from typing import IO, Any

import click

from deployment.console import failure, make_console, show


class ActionableError(click.ClickException):
    """An error that you can understand and fix; click prints it on stderr and exits with status 1.

    Args:
        message: What happened, with the value involved ("port 4566 is busy").
        cause: The cause, as far as it is known ("process 812 holds it"). Default: "", no line.
        fix: What to do next, if possible a command to paste. Default: "", no line.
    """

    def __init__(self, message: str, cause: str = "", fix: str = "") -> None:
        super().__init__(message)
        self.cause = cause
        self.fix = fix

    def __str__(self) -> str:
        """Return the message, cause and fix as plain text; an unknown part has no line."""
        parts = (("", self.message), ("cause  ", self.cause), ("fix    ", self.fix))
        return "\n".join(f"{label}{part}" for label, part in parts if part)

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the error in the look of the report."""
        show(make_console(file or sys.stderr), failure(self.message, self.cause, self.fix))


class EnvironmentLost(ActionableError):  # noqa: N818 - nothing of it runs any more: whatever goes on with it must end
    """The environment does not run any more."""
