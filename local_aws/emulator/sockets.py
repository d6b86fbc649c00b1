"""Listening sockets of the emulator."""

from __future__ import annotations

import socket
import sys

_IP_FREEBIND = 15


def bind(address: str, port: int) -> socket.socket:
    """Bind a socket, even if no interface has the address yet.

    Podman assigns the gateway address to a network only when the first container of that network starts.

    Raises:
        OSError: the port is in use.
    """
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if sys.platform == "linux":
        bound.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
    try:
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound
