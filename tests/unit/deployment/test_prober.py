"""The prober counts what a caller loses, against a real server that misbehaves on request."""

import http.server
import threading
import time
from collections import Counter

import pytest

from deployment import prober
from deployment.prober import Aim, Loss, Prober, Response, tally, wait_until_quiet


def response(sent_s: float = 0.0, status: int | None = 200, duration_s: float = 0.01, **other) -> Response:
    values = {"path": "/livez", "new_connection": False, "error": "" if status else "broken pipe"} | other
    return Response(sent_s=sent_s, status=status, duration_s=duration_s, **values)


@pytest.mark.parametrize(
    ("status", "duration_s", "is_lost"),
    [(200, 0.1, False), (404, 0.1, False), (499, 4.9, False), (500, 0.1, True), (503, 0.1, True), (None, 0.1, True)],
)
def test_a_response_below_500_is_not_lost(status, duration_s, is_lost):
    assert response(status=status, duration_s=duration_s).is_lost is is_lost


def test_a_response_that_comes_too_late_is_lost():
    late = response(duration_s=prober.TIMEOUT_S + 0.1)
    assert late.is_lost
    assert late.reason == "GET /livez on an open connection: 200 after 5.1 s"


@pytest.mark.parametrize(
    ("status", "duration_s", "is_timeout"),
    [
        (None, 5.0, True),
        (200, 5.1, True),
        (503, 1.4, True),
        (503, 0.9, False),
        (502, 5.1, False),
        (None, 0.1, False),
    ],
)
def test_waiting_is_told_from_a_broken_connection_and_a_missing_replica(status, duration_s, is_timeout):
    found = response(status=status, duration_s=duration_s)
    assert found.is_timeout is is_timeout
    assert tally([found]).losses[0].is_timeout is is_timeout


def test_lost_requests_are_counted_by_reason_with_their_times():
    counted = tally(
        [
            response(3.0),
            response(9.0, status=503, error="503 no pod"),
            response(5.0, status=503, error="503 no pod"),
            response(6.0, status=None, error="no response: broken pipe", new_connection=True),
            response(4.0, duration_s=0.25),
        ],
        since_s=4.0,
    )
    assert (counted.requests, counted.lost, counted.slowest_ms) == (4, 3, 250.0)
    assert counted.losses == (
        Loss(reason="GET /livez on an open connection: 503 no pod", requests=2, first_s=1.0, last_s=5.0),
        Loss(reason="GET /livez on a new connection: no response: broken pipe", requests=1, first_s=2.0, last_s=2.0),
    )


def test_nothing_counted_is_nothing_lost():
    counted = tally([])
    assert (counted.requests, counted.lost, counted.slowest_ms, counted.losses) == (0, 0, None, ())


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_quiet_is_reached_when_no_request_was_lost_for_a_while():
    clock = Clock()
    assert wait_until_quiet(lambda: min(int(clock.now), 7), 3.0, 60.0, clock=clock, sleep=clock.sleep)
    assert clock.now == pytest.approx(10.0, abs=0.2)


def test_a_target_that_never_recovers_does_not_hold_up_the_run():
    clock = Clock()
    assert not wait_until_quiet(lambda: int(clock.now * 5), 3.0, 20.0, clock=clock, sleep=clock.sleep)
    assert clock.now == pytest.approx(20.0, abs=0.2)


class Server(http.server.ThreadingHTTPServer):
    """A target that resets, fails or hangs, as the test says; it counts connections and requests."""

    daemon_threads = True

    def __init__(self) -> None:
        self.behaviour = "serve"
        self.served_by: list[int] = []
        self.behaviours: list[str] = []
        self.paths: list[str] = []
        self.tokens: set[str] = set()
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, *_args: object) -> None:
        """Stay quiet about clients that have stopped waiting."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.server.served_by.append(self.client_address[1])
        self.server.tokens.add(self.headers["authorization"])
        behaviour = self.server.behaviour
        self.server.behaviours.append(behaviour)
        if behaviour == "reset":
            self.close_connection = True
            return
        if behaviour == "slow":
            time.sleep(1.0)
        self.send_response(503 if behaviour == "fail" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def server():
    with Server() as found:
        threading.Thread(target=found.serve_forever, args=(0.01,), daemon=True).start()
        yield found
        found.shutdown()


def probing(server: Server, rate: float = 50) -> Prober:
    url = f"http://127.0.0.1:{server.server_port}"
    return Prober({"target": Aim(base_url=url, headers={"authorization": "t"}, paths=("/livez", "/orders/1"))}, rate)


def wait_for_requests(server: Server, behaviour: str, number: int = 10) -> None:
    """Wait until the server has treated so many more requests in this way."""
    server.behaviour = behaviour
    expected = server.behaviours.count(behaviour) + number
    while server.behaviours.count(behaviour) < expected:
        time.sleep(0.01)


def test_the_rate_the_paths_and_the_connections_are_those_of_the_contract(server):
    with probing(server) as running:
        wait_for_requests(server, "serve", 40)
    counted = running.tally("target")
    assert 40 <= counted.requests <= 50 * running.seconds + 1
    assert counted.lost == running.lost == 0
    assert counted.requests == len(server.paths)
    assert abs(server.paths.count("/livez") - server.paths.count("/orders/1")) <= 1
    assert server.tokens == {"t"}
    # Every fifth request opens one; how many the others share depends on the speed of the responses.
    served = list(Counter(server.served_by).values())
    assert served.count(1) >= counted.requests // 5
    assert max(served) > 1


@pytest.mark.parametrize(("behaviour", "reason"), [("fail", "503 ok"), ("reset", "no response")])
def test_failures_in_between_are_counted_and_the_others_are_not(server, behaviour, reason):
    with probing(server) as running:
        wait_for_requests(server, "serve")
        wait_for_requests(server, behaviour)
        wait_for_requests(server, "serve")
        served_again = running.seconds
        wait_for_requests(server, "serve")
    counted = running.tally("target")
    assert counted.lost == server.behaviours.count(behaviour)
    assert counted.requests == len(server.behaviours)
    assert all(reason in loss.reason for loss in counted.losses)
    after = running.tally("target", served_again)
    assert after.lost == 0 < after.requests


def test_slow_responses_delay_no_other_request(server, monkeypatch):
    timeout_s, number = 0.3, 30
    monkeypatch.setattr(prober, "TIMEOUT_S", timeout_s)
    server.behaviour = "slow"
    with probing(server) as running:
        wait_for_requests(server, "slow", number)
        assert running.seconds < number * timeout_s
    counted = running.tally("target")
    assert counted.lost == counted.requests
    assert "no response" in counted.losses[0].reason


def test_a_target_that_does_not_listen_loses_every_request(server):
    server.shutdown()
    server.server_close()
    with probing(server) as running:
        while running.lost <= 5:
            time.sleep(0.01)
    counted = running.tally("target")
    assert counted.requests == counted.lost > 5
