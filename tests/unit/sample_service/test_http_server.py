"""The server's own limits: time, connections, memory and draining, with short limits in this process."""

import asyncio
import contextlib
import dataclasses
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from orders.http_server import LimitedProtocol, Limits

from tests.unit.sample_service.server_process import status

LIVE = b"GET /livez HTTP/1.1\r\nHost: orders\r\n\r\n"
HALF_HEAD = b"GET /livez HTTP/1.1\r\nHost: ord"
HALF_BODY = b"POST /orders HTTP/1.1\r\nHost: orders\r\nContent-Length: 10\r\n\r\n12345"
SHORT = Limits(request_seconds=0.3, drain_seconds=0.3, write_seconds=0.3, linger_seconds=0.1)


class App:
    """Responds with the length of the body when the test lets it, and counts requests."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.bodies: list[bytes] = []
        self.size = 2
        self.released = asyncio.Event()
        self.released.set()

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Any]) -> None:
        self.requests.append(scope["path"])
        if scope["method"] == "POST":
            self.bodies.append((await receive()).get("body", b"disconnected"))
        await self.released.wait()
        headers = [(b"content-length", str(self.size).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"x" * self.size})


class Connection:
    """A client's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def response(self) -> bytes:
        head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 20)
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length"))
        return head + await asyncio.wait_for(self._reader.readexactly(length), 20)

    async def send_for_ever(self) -> None:
        """Return when the server has closed the connection."""
        with contextlib.suppress(ConnectionError):
            while True:
                self.send(b"x" * 65536)
                await self.writer.drain()

    async def rest(self) -> bytes:
        """Return what arrives until the server closes."""
        try:
            return await asyncio.wait_for(self._reader.read(), 20)
        except ConnectionError:
            return b""


class Server:
    def __init__(self, app: App, limits: Limits, keep_alive: int) -> None:
        protocol = type("Protocol", (LimitedProtocol,), {"limits": limits})
        self.app = app
        self.config = uvicorn.Config(
            app, http=protocol, ws="none", lifespan="off", log_config=None, timeout_keep_alive=keep_alive
        )
        self.server = uvicorn.Server(self.config)
        self.connections: list[Connection] = []
        self.port = 0

    async def connect(self, data: bytes = b"") -> Connection:
        connection = Connection(*await asyncio.open_connection("127.0.0.1", self.port))
        self.connections.append(connection)
        connection.send(data)
        return connection


@contextlib.asynccontextmanager
async def serving(limits: Limits = SHORT, *, keep_alive: int = 75) -> AsyncIterator[Server]:
    server = Server(App(), limits, keep_alive)
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]
    task = asyncio.create_task(server.server._serve([listener]))
    try:
        yield server
    finally:
        server.app.released.set()
        server.server.should_exit = True
        for connection in server.connections:
            connection.writer.close()
        await asyncio.wait_for(task, 20)


@pytest.mark.parametrize("data", [HALF_HEAD, HALF_BODY, b"\r\n", b"G"])
def test_an_incomplete_request_is_closed_in_time(data):
    async def run() -> bytes:
        async with serving() as server:
            response = await (await server.connect(data)).rest()
            assert server.app.requests == []
            return response

    assert status(asyncio.run(run())) == 408


def test_a_request_that_trickles_is_closed_in_time():
    async def run() -> bytes:
        async with serving() as server:
            connection = await server.connect(HALF_HEAD)
            rest = asyncio.create_task(connection.rest())
            while not rest.done():
                connection.send(b"x")
                await asyncio.sleep(0.02)
            return rest.result()

    assert status(asyncio.run(run())) in (0, 408)


def test_a_silent_connection_is_closed_like_an_idle_one():
    async def run() -> None:
        async with serving(keep_alive=1) as server:
            assert await (await server.connect()).rest() == b""
            idle = await server.connect(LIVE)
            assert status(await idle.response()) == 200
            assert await idle.rest() == b""

    asyncio.run(run())


def test_a_connection_stays_open_between_requests():
    async def run() -> None:
        async with serving() as server:
            connection = await server.connect()
            for _ in range(3):
                connection.send(LIVE)
                assert status(await connection.response()) == 200
                await asyncio.sleep(0.4)  # longer than a request may take

    asyncio.run(run())


def test_a_client_that_reads_nothing_is_closed_in_time():
    async def run() -> None:
        async with serving() as server:
            server.app.size = 64 * 2**20
            connection = await server.connect()
            connection.writer.transport.pause_reading()
            connection.send(LIVE + LIVE)
            while not server.server.server_state.connections:
                await asyncio.sleep(0.01)
            while server.server.server_state.connections:
                await asyncio.sleep(0.05)

    asyncio.run(asyncio.wait_for(run(), 20))


@pytest.mark.parametrize("data", [b"", HALF_HEAD, HALF_BODY])
def test_at_the_limit_a_connection_without_a_request_is_closed_for_a_new_one(data):
    async def run() -> None:
        async with serving(Limits(connections=5)) as server:
            for _ in range(5):
                await server.connect(data)
            await asyncio.sleep(0.1)
            assert status(await (await server.connect(LIVE)).response()) == 200
            assert len(server.server.server_state.connections) <= 5

    asyncio.run(run())


def test_at_the_limit_with_requests_in_flight_a_new_connection_is_unavailable():
    async def run() -> None:
        async with serving(Limits(connections=5, linger_seconds=0.1)) as server:
            server.app.released.clear()
            busy = [await server.connect(LIVE) for _ in range(5)]
            while len(server.app.requests) < 5:
                await asyncio.sleep(0.01)
            rejected = await (await server.connect(LIVE)).rest()
            assert status(rejected) == 503
            assert b"retry-after: 2" in rejected
            server.app.released.set()
            assert [status(await connection.response()) for connection in busy] == [200] * 5

    asyncio.run(run())


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"])
@pytest.mark.parametrize("piece", [b"x" * 1000, b"X: 1\r\n"])
def test_headers_do_not_accumulate(piece, end):
    async def run() -> None:
        async with serving() as server:
            connection = await server.connect(b"GET /livez HTTP/1.1\r\nHost: orders\r\nX: ")
            try:
                for _ in range(3000):
                    connection.send(piece)
                    await connection.writer.drain()
            except ConnectionError:
                pass
            else:
                connection.send(end)
            assert status(await connection.rest()) in (0, 431)
            assert server.app.requests == []

    asyncio.run(run())


def test_a_truncated_body_does_not_reach_the_application_even_if_it_is_complete_json():
    async def run() -> None:
        async with serving() as server:
            connection = await server.connect(HALF_BODY.replace(b"12345", b"{}"))
            connection.writer.write_eof()
            assert await connection.rest() == b""
            assert server.app.bodies == []

    asyncio.run(run())


def test_pipelined_requests_have_ordered_responses_up_to_the_limit():
    async def run() -> None:
        async with serving(dataclasses.replace(SHORT, pipelined=4)) as server:
            server.app.released.clear()
            connection = await server.connect(b"".join(LIVE.replace(b"livez", b"%d" % n) for n in range(100)))
            await asyncio.sleep(0.1)
            server.app.released.set()
            assert (await connection.rest()).count(b"HTTP/1.1 200") == 4
            assert server.app.requests == ["/0", "/1", "/2", "/3"]

    asyncio.run(run())


@pytest.mark.parametrize("garbage", [b"\x00\x01\r\n\r\n", LIVE.replace(b"Host: orders", b"A: b"), HALF_HEAD, HALF_BODY])
def test_garbage_after_a_request_does_not_replace_its_response(garbage):
    async def run() -> bytes:
        async with serving() as server:
            server.app.released.clear()
            connection = await server.connect(LIVE + garbage)
            await asyncio.sleep(0.5)
            server.app.released.set()
            return await connection.rest()

    responses = asyncio.run(run())
    assert responses.startswith(b"HTTP/1.1 200")
    assert responses.count(b"HTTP/1.1") == 1


def test_a_response_before_the_end_of_the_body_is_not_lost():
    async def run() -> None:
        async with serving() as server:
            head = b"POST /orders HTTP/1.1\r\nHost: orders\r\nContent-Length: 300000\r\n\r\n"
            connection = await server.connect(head + b"x" * 1000)
            assert status(await connection.response()) == 200
            connection.send(b"x" * 299_000 + LIVE)
            assert status(await connection.response()) == 200

    asyncio.run(run())


def test_a_body_without_an_end_is_not_read_for_ever():
    async def run() -> None:
        async with serving(dataclasses.replace(SHORT, request_seconds=60)) as server:
            head = b"POST /orders HTTP/1.1\r\nHost: orders\r\nContent-Length: 999999999999\r\n\r\n"
            connection = await server.connect(head + b"x")
            assert status(await connection.response()) == 200
            await connection.send_for_ever()

    asyncio.run(asyncio.wait_for(run(), 20))


@pytest.mark.parametrize("data", [b"", HALF_HEAD, HALF_BODY, b"\r\n"])
def test_draining_does_not_wait_for_incomplete_requests(data):
    async def run() -> bytes:
        async with serving() as server:
            connection = await server.connect(data)
            while not server.server.server_state.connections:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
            server.server.should_exit = True
            return await connection.rest()

    assert status(asyncio.run(asyncio.wait_for(run(), 20))) in (0, 503)


def test_draining_finishes_a_request_whose_last_bytes_arrive_late():
    async def run() -> None:
        async with serving(dataclasses.replace(SHORT, drain_seconds=10)) as server:
            connection = await server.connect(HALF_BODY)
            while not server.server.server_state.connections:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
            server.server.should_exit = True
            await asyncio.sleep(0.5)
            connection.send(b"67890")
            response = await connection.rest()
            assert status(response) == 200
            assert b"connection: close" in response
            assert server.app.bodies == [b"1234567890"]

    asyncio.run(run())


def test_a_client_that_has_sent_everything_receives_its_response():
    async def run() -> None:
        async with serving() as server:
            server.app.released.clear()
            connection = await server.connect(LIVE)
            connection.writer.write_eof()
            await asyncio.sleep(0.1)
            server.app.released.set()
            assert status(await connection.rest()) == 200

    asyncio.run(run())
