"""Ports on this machine."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import ExitStack

from local_aws.errors import LocalAwsError

_ATTEMPTS = 20


def free_port(addresses: Sequence[str], wanted: int | None = None) -> int:
    """A port that is free on all of `addresses`; the wanted one, if one is wanted.

    Raises:
        LocalAwsError: the wanted port is taken.
    """
    for _ in range(_ATTEMPTS):
        try:
            return _bind_all(addresses, wanted or 0)
        except OSError as error:
            if wanted:
                raise LocalAwsError(
                    f"port {wanted} is busy",
                    f"another program holds it ({error.strerror})",
                    "leave out --port: a free one is taken",
                ) from error
    raise LocalAwsError(
        "no port is free", f"{_ATTEMPTS} attempts on {', '.join(addresses)}", "end programs that hold many ports"
    )


def _bind_all(addresses: Sequence[str], port: int) -> int:
    with ExitStack() as held:
        for address in addresses:
            probe = held.enter_context(socket.socket())
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
            port = int(probe.getsockname()[1])
    return port
