"""Health checks: when a task is healthy, and when it is unhealthy."""

import http.server
import threading
import time

import pytest

from local_aws.emulator import health_checks
from local_aws.emulator.health_checks import HealthCheck, HealthStatus, container_check, monitor, target_check


class Clock:
    """A clock that advances only in `sleep`."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(autouse=True)
def idle_computer(monkeypatch) -> None:
    monkeypatch.setattr(health_checks, "slowdown", lambda: 1.0)


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(health_checks, "time", clock)
    return clock


def statuses(results: list[bool], clock: Clock, **check) -> list[tuple[float, HealthStatus]]:
    """Return times and statuses, until there are no more results or the task is unhealthy."""
    remaining = iter(results)
    reported: list[tuple[float, HealthStatus]] = []

    def report(status: HealthStatus, _output: str) -> bool:
        reported.append((clock.now, status))
        return len(reported) < len(results) and status is not HealthStatus.UNHEALTHY

    monitor(HealthCheck(name="container", run=lambda: (next(remaining), ""), **check), report)
    return reported


def test_one_pass_makes_a_task_healthy(clock):
    found = statuses([False, False, True], clock, interval_s=10, unhealthy_threshold=3, start_period_s=30)
    assert found == [(0, HealthStatus.UNKNOWN), (0.25, HealthStatus.UNKNOWN), (0.5, HealthStatus.HEALTHY)]


@pytest.mark.parametrize(("factor", "passed"), [(1.0, False), (40.0, True)])
def test_a_check_that_a_busy_computer_cannot_execute_in_time_is_no_failed_check(monkeypatch, factor, passed):
    class SlowContainer:
        def exec_run(self, _command: list[str]) -> tuple[int, bytes]:
            time.sleep(0.5)
            return 0, b""

    monkeypatch.setattr(health_checks, "slowdown", lambda: factor)
    check = container_check({"command": ["CMD", "true"], "timeout": 0.1}, SlowContainer())
    assert check.run()[0] is passed


def test_failures_in_the_start_period_do_not_count(clock):
    found = statuses([False] * 200, clock, interval_s=10, unhealthy_threshold=3, start_period_s=30)
    assert found[-1][1] is HealthStatus.UNHEALTHY
    assert found[-1][0] == pytest.approx(30.25 + 2 * 5)


def test_consecutive_failures_make_a_task_unhealthy(clock):
    found = statuses([True, True, False, False, False], clock, interval_s=10, unhealthy_threshold=3, start_period_s=30)
    assert found == [
        (0, HealthStatus.HEALTHY),
        (10, HealthStatus.HEALTHY),
        (20, HealthStatus.HEALTHY),
        (25, HealthStatus.HEALTHY),
        (30, HealthStatus.UNHEALTHY),
    ]


def test_a_pass_resets_the_count_of_failures(clock):
    found = statuses(
        [True, False, False, True, False, False], clock, interval_s=10, unhealthy_threshold=3, start_period_s=0
    )
    assert {status for _, status in found} == {HealthStatus.HEALTHY}


class Hanging:
    """A container whose commands take longer than the time-out."""

    def exec_run(self, _argv: list[str]) -> None:
        threading.Event().wait(1)


def test_a_check_that_hangs_fails():
    check = container_check({"command": ["CMD", "true"], "timeout": 0.1}, Hanging())
    assert check.run() == (False, "timed out after 0.1 s")


class Responses(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503 if self.path == "/failing" else 204)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Responses) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "matcher", "expected"),
    [("/", "200-299", True), ("/", "200,204", True), ("/", "200", False), ("/failing", "200-299", False)],
)
def test_a_target_passes_with_the_success_codes_of_its_group(address, path, matcher, expected):
    group = {
        "TargetGroupArn": "arn",
        "HealthCheckPath": path,
        "HealthCheckTimeoutSeconds": 2,
        "HealthCheckIntervalSeconds": 10,
        "UnhealthyThresholdCount": 2,
        "Matcher": {"HttpCode": matcher},
    }
    passed, output = target_check(group, "10.0.0.1", address, 0).run()
    assert passed is expected
    assert output.startswith(f"GET {path}: ")
