"""Options that commands of `python -m sandbox` share."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import click

from deployment.drills import LEVELS

_ACCOUNT = re.compile(r"\d{12}")
_CEILING_USD, _HOURS = 5.0, 4.0

Command = Callable[..., Any]


def _require_account(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if not _ACCOUNT.fullmatch(value):
        raise click.BadParameter(f"{value!r} is not an account ID: it has 12 digits, such as 111122223333.")
    return value


def account_option(command: Command) -> Command:
    """Add the option of the account ID, which is always typed."""
    return click.option(
        "--account",
        required=True,
        metavar="ID",
        callback=_require_account,
        help="The account, which you type: 12 digits.",
    )(command)


def _require_finite(_context: click.Context, _option: click.Parameter, value: float) -> float:
    if not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number.")
    return value


def run_options(command: Command) -> Command:
    """Add the options that say which drills run, and their limits."""
    command = click.option(
        "--hours",
        type=click.FloatRange(min=0, min_open=True),
        callback=_require_finite,
        default=_HOURS,
        show_default=True,
        metavar="N",
        help="Limit of the duration.",
    )(command)
    command = click.option(
        "--ceiling",
        type=click.FloatRange(min=0, min_open=True),
        callback=_require_finite,
        default=_CEILING_USD,
        show_default=True,
        metavar="DOLLARS",
        help="Limit of the cost.",
    )(command)
    command = click.option(
        "--drills", "level", type=click.Choice(LEVELS), default="smoke", show_default=True, help="Level."
    )(command)
    return click.option("--target", "targets", required=True, multiple=True, metavar="ID", help="Target; repeatable.")(
        command
    )
