"""A load generator with low overhead: one request over a few persistent connections, with plain sockets."""

import selectors
import socket
import time
from dataclasses import dataclass
from typing import cast

BODY = b'{"customer":"c-42","currency":"EUR","lines":[{"sku":"tea-250g","quantity":2,"unit_price_minor":450}]}'


@dataclass(frozen=True)
class Load:
    """The result of a number of requests."""

    requests: int
    seconds: float
    latencies_ms: list[float]  # sorted

    def percentile(self, share: float) -> float:
        """Return the latency in milliseconds below which this fraction of requests stayed."""
        return self.latencies_ms[min(int(len(self.latencies_ms) * share), len(self.latencies_ms) - 1)]


def post_order(port: int, token: str = "sesame") -> bytes:  # noqa: S107 - not a secret
    """Return the bytes of POST /orders."""
    head = f"POST /orders HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n".encode() + BODY


def send(port: int, requests: int, connections: int = 8) -> Load:
    """Send a number of requests, one at a time on each connection.

    Raises:
        RuntimeError: a response was not 2xx.
    """
    request, sent = post_order(port), 0
    latencies: list[float] = []
    selector = selectors.DefaultSelector()
    started_at = time.perf_counter()
    for _ in range(min(connections, requests)):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ, [time.perf_counter()])
        connection.sendall(request)
        sent += 1
    while len(latencies) < requests:
        for key, _ in selector.select(timeout=10):
            connection, started = cast("socket.socket", key.fileobj), key.data
            _read_response(connection)
            latencies.append((time.perf_counter() - started[0]) * 1000)
            if sent < requests:
                started[0] = time.perf_counter()
                connection.sendall(request)
                sent += 1
            else:
                selector.unregister(connection)
                connection.close()
    return Load(requests, time.perf_counter() - started_at, sorted(latencies))


def _read_response(connection: socket.socket) -> None:
    response = b""
    while not _is_complete(response):
        part = connection.recv(65536)
        if not part:
            raise RuntimeError(f"the server closed the connection after {response[:200]!r}")
        response += part
    if not response.startswith(b"HTTP/1.1 2"):
        raise RuntimeError(f"the response is {response[:300]!r}")


def _is_complete(response: bytes) -> bool:
    head, found, body = response.partition(b"\r\n\r\n")
    if not found:
        return False
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return len(body) >= int(length or 0)
