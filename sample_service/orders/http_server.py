"""The HTTP server's own limits, for requests that no load balancer has checked.

A request reaches the application when it is complete. Time, headers, connections and pipelined requests have limits: a
connection beyond one of them receives one short response, if it can still receive one, and is closed.
"""

import asyncio
import re
from collections import deque
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from orders.http.middleware import RESPONSE_HEADERS
from orders.http.problems import RETRY_AFTER_SECONDS
from orders.model import Problem
from orders.validation import MAX_BODY_BYTES

_HOST = re.compile(rb"[A-Za-z0-9._~%!$&'()*+,;=:\[\]-]{1,255}")


@dataclass(frozen=True)
class Limits:
    """Limits of connections and of the requests on them.

    Attributes:
        connections: Open connections. At the limit, one without a complete request is closed for a new one.
        headers: Headers and trailers of a request.
        head_bytes: Bytes of a request without its body: request line, headers, trailers and framing of chunks.
        pipelined: Requests on a connection without a complete response.
        request_seconds: Time from the first byte of a request to its last one.
        drain_seconds: The same, from SIGTERM on.
        write_seconds: Time in which a client must read some of its response.
        linger_seconds: Time to read on after a rejection: a closed connection would lose the response.
        discarded_bytes: Bytes to read on after a rejection, or after a response to the first part of a request.
    """

    connections: int = 900
    headers: int = 100
    head_bytes: int = 32 * 1024
    pipelined: int = 16
    request_seconds: float = 15.0
    drain_seconds: float = 2.0
    write_seconds: float = 15.0
    linger_seconds: float = 1.0
    discarded_bytes: int = 1024 * 1024


class _Rejected(Exception):
    """Ends the parsing of a request."""


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol for one connection, with limits."""

    limits = Limits()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unfinished: deque[RequestResponseCycle] = deque()  # without a complete response, oldest first
        self._waiting: tuple[RequestResponseCycle, Any] | None = None  # for the rest of its body, and the application
        self._message: RequestResponseCycle | None = None  # of the message that is parsed, from the end of its headers
        self._rejection = 400
        self._in_message = self._is_rejected = self._is_draining = False
        self._header_count = self._framing_bytes = self._discarded_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    # The connection.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept a connection; at the limit, close another one, or this one."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections and not self._close_another_connection():
            self._reject(503)
        else:
            self._await_next_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop the requests of the connection that have not reached the application."""
        self._waiting = None
        self.pipeline.clear()
        for cycle in self._unfinished:
            cycle.disconnected = True
        self._stop(self._timer)
        self._stop(self._write_timer)
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Respond to a client that sends nothing more, and close afterwards."""
        if self._is_rejected or self._in_message or not self._unfinished:
            return False
        self._unfinished[-1].keep_alive = False
        return True

    def shutdown(self) -> None:
        """Drain: finish complete requests; incomplete ones have a short time."""
        self._is_draining = True
        if self._unfinished:
            self._unfinished[-1].keep_alive = False
        if self._in_message and not self._is_rejected:
            self._stop(self._timer)
            self._timer = self.loop.call_later(self.limits.drain_seconds, self._reject, 503)
        elif not self._unfinished and not self._is_rejected:
            self.transport.close()

    def pause_writing(self) -> None:
        """Limit the time in which the client reads nothing."""
        super().pause_writing()
        self._write_timer = self.loop.call_later(self.limits.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Continue the response."""
        self._stop(self._write_timer)
        super().resume_writing()

    def _close_another_connection(self) -> bool:
        others = [other for other in self.connections if isinstance(other, LimitedProtocol) and other is not self]
        for is_dispensable in (LimitedProtocol._is_idle, LimitedProtocol._is_incomplete):
            if found := next(filter(is_dispensable, others), None):
                self.connections.discard(found)
                found.transport.abort()
                return True
        return False

    def _is_idle(self) -> bool:
        return self._is_rejected or not (self._in_message or self._unfinished)

    def _is_incomplete(self) -> bool:
        return self._in_message and len(self._unfinished) <= (self._waiting is not None)

    # The parser.

    def data_received(self, data: bytes) -> None:
        """Parse data within the limits."""
        if self._is_rejected:
            self._discard(len(data))
            return
        self._framing_bytes += len(data)
        super().data_received(data)
        if self._is_rejected or self.transport.is_closing():
            return
        if self._framing_bytes > self.limits.head_bytes:
            self._reject(431)
        elif self._in_message or self._framing_bytes:  # a part of a request, or empty lines
            self._timer = self._timer or self.loop.call_later(self.limits.request_seconds, self._reject, 408)
        else:
            self._stop(self._timer)
            self._timer = None
            if not self._unfinished and self.timeout_keep_alive_task is None:
                self._await_next_request()

    def on_message_begin(self) -> None:
        """Start a request."""
        self._in_message = True
        self._message = None
        self._header_count = 0
        self._rejection = 400
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header, or a trailer of a chunked body."""
        self._header_count += 1
        if self._header_count > self.limits.headers:
            self._fail(431)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Reject a request with ambiguous or too many headers."""
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > self.limits.head_bytes:
            self._fail(431)
        version = self.parser.get_http_version()
        if version not in ("1.0", "1.1"):
            self._fail(505)
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1 or (version == "1.1" and not hosts) or not all(_HOST.fullmatch(host) for host in hosts):
            self._fail(400)
        if len(self._unfinished) >= self.limits.pipelined:
            self._fail(503)
        super().on_headers_complete()
        self._message = self.cycle
        self._unfinished.append(self.cycle)
        # An upgrade (WebSocket, HTTP/2) is not supported: the response is that of HTTP/1.1.
        if self._is_draining or self.parser.should_upgrade():
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Collect the body of a request; one that is too large reaches the application as it is."""
        self._framing_bytes -= len(body)
        super().on_body(body)
        if self.cycle.response_complete:
            self._discard(len(body))
        elif self._waiting and len(self._waiting[0].body) > MAX_BODY_BYTES:
            self._start_waiting()

    def on_message_complete(self) -> None:
        """Pass a complete request to the application."""
        super().on_message_complete()
        self._in_message = False
        self._framing_bytes = 0
        if self._waiting and self._waiting[0] is self.cycle:
            self._start_waiting()

    def on_response_complete(self) -> None:
        """Continue with the next request."""
        if self._unfinished:
            self._unfinished.popleft()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - of uvicorn, which logs it
        """Reject a request that cannot be parsed, or that is beyond a limit."""
        self._reject(self._rejection)

    def _unsupported_upgrade_warning(self) -> None:
        pass  # callers could flood the log

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if not cycle.more_body or _content_length(cycle) > MAX_BODY_BYTES:
            # The response does not need the body: the client need not send it, and the application need not wait.
            cycle.waiting_for_100_continue = False
            cycle.message_event.set()
            super()._start_asgi_task(cycle, app)
            return
        self._waiting = (cycle, app)
        if cycle.waiting_for_100_continue:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            cycle.waiting_for_100_continue = False

    def _start_waiting(self) -> None:
        if self._waiting:
            cycle, app = self._waiting
            self._waiting = None
            super()._start_asgi_task(cycle, app)

    def _await_next_request(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _fail(self, status: int) -> None:
        self._rejection = status
        raise _Rejected

    # Rejections.

    def _reject(self, status: int) -> None:
        """Close the connection: at once, after a response, or after the responses to earlier requests."""
        if self._is_rejected or self.transport.is_closing():
            return
        self._is_rejected = True
        self._stop(self._timer)
        self._unset_keepalive_if_required()
        if self._message is not None and self._in_message:
            if self._message.response_started:
                self.transport.close()
                return
            self._drop(self._message)
        if self._unfinished:
            self._unfinished[-1].keep_alive = False
        else:
            self._respond(status)

    def _drop(self, cycle: RequestResponseCycle) -> None:
        """Forget an incomplete request."""
        self._waiting = None if self._waiting and self._waiting[0] is cycle else self._waiting
        self._unfinished.remove(cycle)
        if self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()
        cycle.disconnected = True
        cycle.message_event.set()

    def _respond(self, status: int) -> None:
        body = msgspec.json.encode(Problem(title=HTTPStatus(status).phrase, status=status))
        headers = {
            "content-type": "application/problem+json",
            "content-length": str(len(body)),
            "connection": "close",
            **RESPONSE_HEADERS,
            **({"retry-after": str(RETRY_AFTER_SECONDS)} if status == 503 else {}),
        }
        lines = [f"{name}: {value}\r\n".encode() for name, value in headers.items()]
        self.transport.write(b"".join([STATUS_LINE[status], *lines, b"\r\n", body]))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._timer = self.loop.call_later(self.limits.linger_seconds, self.transport.close)

    def _discard(self, count: int) -> None:
        self._discarded_bytes += count
        if self._discarded_bytes > self.limits.discarded_bytes:
            self.transport.abort()

    @staticmethod
    def _stop(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()


def _content_length(cycle: RequestResponseCycle) -> int:
    """Return the length that a request declares; the parser has checked that it is a number."""
    return next((int(value) for name, value in cycle.scope["headers"] if name == b"content-length"), 0)
