"""The error that a command shows instead of a stack trace: what happened, its cause, and the fix."""

import click


class ActionableError(click.ClickException):
    """An error that you can understand and fix.

    Args:
        message: What happened, with the value involved ("port 4566 is busy").
        cause: What made it happen, as far as is known ("process 812 holds it"). Default: "", no line.
        fix: What to do next, if possible a command to paste. Default: "", no line.
    """

    def __init__(self, message: str, cause: str = "", fix: str = "") -> None:
        super().__init__(message)
        self.cause = cause
        self.fix = fix

    def __str__(self) -> str:
        """Return the lines that belong on stderr; an unknown part has no line."""
        parts = (("", self.message), ("cause  ", self.cause), ("fix    ", self.fix))
        return "\n".join(f"{label}{part}" for label, part in parts if part)
