"""What a person needs to play with a local AWS that is up."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from deployment.results import Results

from .failures import failures
from .report import next_lines


@dataclass(frozen=True)
class Call:
    """How a target is reached from this machine.

    Attributes:
        url: the address that the stack's output names.
        base_url: where it answers on this machine.
        host: the Host header that leads there; "" where none is needed.
        order: the body of an order that it takes.
    """

    target: str
    url: str
    base_url: str
    host: str
    order: Mapping[str, Any]


def how_to_play(
    results: Results, calls: Sequence[Call], token: str, endpoint: str, commands: tuple[tuple[str, str], ...]
) -> RenderableType:
    """Render addresses, the token, a curl line for each target that works as it is, and what to do next.

    Print it with `soft_wrap=True`: a line that is there to be copied must not be broken.
    """
    parts: list[RenderableType] = [
        Text.assemble("token  ", (token, "bold"), ("  from Secrets Manager, local only", "dim"))
    ]
    for call in calls:
        parts += [
            Text(""),
            Text.assemble((call.target, "bold"), (f"  {call.url}", "dim")),
            Text(f"  {curl(call, token)}"),
        ]
    parts += [Text(""), Text("any AWS client", "bold"), Text(f"  {aws_client(endpoint)}"), Text("")]
    parts += failures(results, with_not_run=False)
    parts += next_lines(commands)
    return Group(*parts)


def curl(call: Call, token: str) -> str:
    """Return a command line that places an order at a target."""
    headers = [f"Host: {call.host}"] if call.host else []
    headers += [f"Authorization: Bearer {token}", "Content-Type: application/json"]
    words = ["curl", "-s", f"{call.base_url.rstrip('/')}/orders"]
    words += [word for header in headers for word in ("-H", header)]
    return shlex.join([*words, "-d", json.dumps(call.order)])


def aws_client(endpoint: str) -> str:
    """Return the environment that leads any AWS client to the emulator."""
    keys = "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1"
    return f"export AWS_ENDPOINT_URL={endpoint} {keys}"
