"""Real processes whose dependencies do not respond: requests end early; health and right tokens are unaffected."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.unit.sample_service.conftest import body
from tests.unit.sample_service.fake_aws import fake_aws
from tests.unit.sample_service.hostile.lambda_events import event
from tests.unit.sample_service.server_process import ServerProcess, environment_for, receive, serving, status

LIVE = b"GET /livez HTTP/1.1\r\nHost: orders\r\n\r\n"
READY = LIVE.replace(b"livez", b"readyz")
HEAD = b"Host: orders\r\nAuthorization: Bearer sesame\r\nContent-Type: application/json\r\n"
GET = b"GET /orders/ord_" + b"0" * 32 + b" HTTP/1.1\r\n" + HEAD + b"\r\n"
ORDER = json.dumps(body()).encode()
POST = b"POST /orders HTTP/1.1\r\n" + HEAD + b"Content-Length: %d\r\n\r\n" % len(ORDER) + ORDER


@contextmanager
def black_hole():
    """A port that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        yield listener.getsockname()[1]


class LiveProbe:
    """Requests /livez without a pause, and records the time of each request."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.statuses: list[int] = []
        self.seconds: list[float] = []

    def __enter__(self) -> "LiveProbe":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        with self._server.connect() as connection:
            while not self._stopped.wait(0.02):
                begun = time.monotonic()
                connection.sendall(LIVE)
                self.statuses.append(status(receive(connection)))
                self.seconds.append(time.monotonic() - begun)


def _all_at_once(server: ServerProcess, request: bytes, count: int) -> list[tuple[bytes, float]]:
    def send(_: int) -> tuple[bytes, float]:
        begun = time.monotonic()
        return server.send(request, ends=False), time.monotonic() - begun

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(send, range(count)))


@pytest.mark.parametrize("request_", [GET, POST], ids=["get", "post"])
def test_256_requests_to_a_table_that_does_not_respond_are_rejected_early(tmp_path, request_):
    with fake_aws() as aws, black_hole() as hole:
        endpoint = {"AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{hole}"}
        with serving(aws.server_port, tmp_path, **endpoint) as server, LiveProbe(server) as probe:
            results = _all_at_once(server, request_, 256)

        assert {status(response) for response, _ in results} == {503}
        assert all(b"retry-after: 2" in response.lower() for response, _ in results)
        # 2 s on an idle computer; a request without its limit takes 29 s.
        assert max(seconds for _, seconds in results) < 6
        assert set(probe.statuses) == {200}
        # 100 ms on an idle computer: the median is robust against other processes.
        assert sorted(probe.seconds)[len(probe.seconds) // 2] < 0.1
        assert "Traceback" not in server.log()


def test_the_threads_return_when_the_table_does(tmp_path):
    with fake_aws() as aws:
        aws.hangs = threading.Event()
        with serving(aws.server_port, tmp_path) as server:
            assert {status(response) for response, _ in _all_at_once(server, GET, 64)} == {503}
            aws.hangs.set()
            aws.hangs = None
            deadline = time.monotonic() + 20
            while status(server.send(GET, ends=False)) != 404:
                assert time.monotonic() < deadline
            assert {status(response) for response, _ in _all_at_once(server, GET, 32)} == {404}


def test_public_readiness_does_not_use_the_threads_of_the_table(tmp_path):
    with fake_aws() as aws, serving(aws.server_port, tmp_path) as server:
        assert status(server.send(READY, ends=False)) == 200
        before = aws.calls["GetItem"]
        begun = time.monotonic()
        assert {status(response) for response, _ in _all_at_once(server, READY, 260)} == {200}
        seconds = time.monotonic() - begun

        assert aws.calls["GetItem"] - before <= seconds + 1
        assert status(server.send(POST, ends=False)) == 201


def test_wrong_tokens_do_not_delay_right_ones_while_secrets_manager_does_not_respond(tmp_path):
    with fake_aws() as aws, serving(aws.server_port, tmp_path) as server:
        assert status(server.send(GET, ends=False)) == 404
        aws.secret_hangs = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            wrong = pool.submit(_all_at_once, server, GET.replace(b"sesame", b"wrong"), 100)
            right = [status(server.send(GET, ends=False)) for _ in range(50)]
            assert right == [404] * 50
            assert {status(response) for response, _ in wrong.result()} <= {401, 503}
        aws.secret_hangs.set()
        assert aws.calls["GetSecretValue"] <= 8


@pytest.mark.parametrize("broken", ["no ARN", "no secret", "no table"])
def test_readiness_tells_the_truth_from_a_cold_start(tmp_path, broken):
    environment = {"no ARN": {"API_TOKEN_SECRET_ARN": ""}}.get(broken, {})
    with fake_aws() as aws:
        aws.fails = {"no secret": "GetSecretValue", "no table": "GetItem"}.get(broken, "")
        with serving(aws.server_port, tmp_path, **environment) as server:
            assert status(server.send(READY, ends=False)) == 503
            assert status(server.send(LIVE, ends=False)) == 200
            assert "not ready: " in server.log()
            if broken != "no table":
                assert status(server.send(GET, ends=False)) == 503
            assert "Traceback" not in server.log()


def test_sigterm_finishes_all_requests_in_flight_and_closes_other_connections(tmp_path):
    with fake_aws(table_takes_seconds=0.3) as aws, serving(aws.server_port, tmp_path) as server:
        assert status(server.send(LIVE, ends=False)) == 200
        connections = [server.connect() for _ in range(24)]
        idle, half = connections[20:22], connections[22:]
        for connection in half:
            connection.sendall(POST[:-5])
        for connection in connections[:20]:
            connection.sendall(POST)
        assert aws.waiting.wait(10)
        # The requests have arrived: the server has responded to one that was sent after them.
        assert status(server.send(LIVE, ends=False)) == 200
        server.process.send_signal(signal.SIGTERM)

        assert [status(receive(connection)) for connection in connections[:20]] == [201] * 20
        assert [receive(connection) for connection in idle] == [b"", b""]
        assert {status(receive(connection)) for connection in half} <= {0, 503}
        assert server.process.wait(20) == 0
        assert "Traceback" not in server.log()
        for connection in connections:
            connection.close()


_INVOKE = """
import json, sys, time
from orders.lambda_http import handler
for event in json.load(sys.stdin):
    begun = time.monotonic()
    response = handler(event, None)
    print(response["statusCode"], response["headers"].get("retry-after"), time.monotonic() - begun)
"""


def test_a_lambda_function_whose_table_does_not_respond_is_unavailable_early():
    events = [event("GET", f"/orders/ord_{0:032x}"), event("POST", "/orders", content=ORDER.decode())] * 2
    with fake_aws() as aws, black_hole() as hole:
        environment = environment_for(aws.server_port) | {"AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{hole}"}
        ended = subprocess.run(
            [sys.executable, "-c", _INVOKE], input=json.dumps(events), env=environment, capture_output=True, text=True
        )
    responses = [line.split() for line in ended.stdout.splitlines() if line[0] != "{"]

    assert [response[:2] for response in responses] == [["503", "2"]] * 4
    assert all(float(seconds) < 5 for *_, seconds in responses)  # three attempts without a limit take more
    assert "Traceback" not in ended.stdout + ended.stderr


def test_150_mb_of_headers_are_not_kept(tmp_path):
    with fake_aws() as aws, serving(aws.server_port, tmp_path) as server:
        assert status(server.send(LIVE, ends=False)) == 200
        before = server.memory_mib()
        kept = [server.connect() for _ in range(50)]
        for connection in kept:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: orders\r\nX: ")
            try:
                for _ in range(48):
                    connection.sendall(b"x" * 65536)
            except OSError:
                continue
        assert status(server.send(LIVE, ends=False)) == 200
        assert server.memory_mib() - before < 40
        for connection in kept:
            connection.close()
