"""Confirmation of a run: you type the account ID on a terminal. No option replaces it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from deployment.errors import ActionableError

_QUESTION = "  Type the account ID to start: "


class Input(Protocol):
    """Standard input."""

    def isatty(self) -> bool:
        """Whether it is a terminal."""


def require_terminal(stdin: Input) -> None:
    """Check that a person can type.

    Raises:
        ActionableError: standard input is a file, a pipe or closed.
    """
    if not stdin.isatty():
        raise ActionableError(
            "drills start on a terminal only",
            "standard input is no terminal, and no option replaces the account ID that you type",
            "run the command in a terminal; python -m sandbox plan needs none",
        )


def require_typed_account(account: str, ask: Callable[[str], str] = input) -> None:
    """Ask for the account ID.

    Args:
        account: The account of the run.
        ask: Shows a question and returns what you type. Default: on the terminal.

    Raises:
        ActionableError: you typed something else, or nothing.
    """
    try:
        typed = ask(_QUESTION).strip()
    except (EOFError, KeyboardInterrupt):
        typed = ""
    if typed != account:
        raise ActionableError(
            "nothing was deployed",
            f"you typed {typed!r}, and the account ID is {account}" if typed else "you typed no account ID",
            "run the command again, and type the account ID",
        )
