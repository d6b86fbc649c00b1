"""The format of an order ID on the command line."""

from __future__ import annotations

import re

import click

_FORMAT = re.compile(r"ord_[0-9a-f]{32}")


class OrderId(click.ParamType[str]):
    """An order ID: `ord_` and 32 hexadecimal digits."""

    name = "order"

    def convert(self, value: str, param: click.Parameter | None, context: click.Context | None) -> str:
        """Return the ID, or reject it."""
        if not _FORMAT.fullmatch(value):
            self.fail(f"{value!r} is not an order ID: ord_ and 32 hexadecimal digits.", param, context)
        return value
