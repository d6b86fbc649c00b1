"""Ports on this machine."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from deployment.errors import ActionableError

_ATTEMPTS = 20
_IP_FREEBIND = 15


def free_port(addresses: Sequence[str], wanted: int | None = None) -> int:
    """A port that is free on all of `addresses`; the wanted one, if one is wanted.

    Raises:
        ActionableError: the wanted port is taken.
    """
    for _ in range(_ATTEMPTS):
        try:
            return _bind_all(addresses, wanted or 0)
        except OSError as error:
            if wanted:
                raise ActionableError(
                    f"port {wanted} is busy",
                    f"another program holds it ({error.strerror})",
                    "leave out --port: a free one is taken",
                ) from error
    raise ActionableError(
        "no port is free", f"{_ATTEMPTS} attempts on {', '.join(addresses)}", "end programs that hold many ports"
    )


def bound(address: str, port: int) -> socket.socket:
    """A socket bound there, even if no interface has the address yet.

    Podman gives a network its gateway address only when its first container starts.

    Raises:
        OSError: the port is taken.
    """
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if sys.platform == "linux":
        found.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
    try:
        found.bind((address, port))
    except OSError:
        found.close()
        raise
    return found


def _bind_all(addresses: Sequence[str], port: int) -> int:
    with ExitStack() as held:
        for address in addresses:
            port = int(held.enter_context(bound(address, port)).getsockname()[1])
    return port
