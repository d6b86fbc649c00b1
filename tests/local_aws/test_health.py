"""Health checks: when a task counts as healthy, and when it is given up."""

import http.server
import threading

import pytest

from local_aws.emulator import health
from local_aws.emulator.checks import container_check, target_check
from local_aws.emulator.health import Check, Verdict, watch


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(health, "time", clock)
    return clock


def verdicts(answers: list[bool], clock: Clock, **check) -> list[tuple[float, Verdict]]:
    """When which verdict was told, until the answers are used up or the check has failed."""
    left = iter(answers)
    told: list[tuple[float, Verdict]] = []

    def tell(verdict: Verdict, _said: str) -> bool:
        told.append((clock.now, verdict))
        return len(told) < len(answers) and verdict is not Verdict.UNHEALTHY

    watch(Check(name="container", probe=lambda: (next(left), ""), **check), tell)
    return told


def test_the_first_pass_is_enough(clock):
    told = verdicts([False, False, True], clock, interval_s=10, failures=3, start_s=30)
    assert told == [(0, Verdict.UNKNOWN), (0.25, Verdict.UNKNOWN), (0.5, Verdict.HEALTHY)]


def test_failures_of_a_start_do_not_count(clock):
    told = verdicts([False] * 200, clock, interval_s=10, failures=3, start_s=30)
    assert told[-1][1] is Verdict.UNHEALTHY
    assert told[-1][0] == pytest.approx(30.25 + 2 * 5)


def test_a_healthy_task_is_given_up_after_so_many_failures(clock):
    told = verdicts([True, True, False, False, False], clock, interval_s=10, failures=3, start_s=30)
    assert told == [
        (0, Verdict.HEALTHY),
        (10, Verdict.HEALTHY),
        (20, Verdict.HEALTHY),
        (25, Verdict.HEALTHY),
        (30, Verdict.UNHEALTHY),
    ]


def test_one_pass_forgives_failures(clock):
    told = verdicts([True, False, False, True, False, False], clock, interval_s=10, failures=3, start_s=0)
    assert {verdict for _, verdict in told} == {Verdict.HEALTHY}


class Hanging:
    """A container whose commands never end."""

    def exec_run(self, _argv: list[str]) -> None:
        threading.Event().wait(5)


def test_a_check_that_hangs_has_failed():
    check = container_check({"command": ["CMD", "true"], "timeout": 0.1}, Hanging())
    assert check.probe() == (False, "no answer within 0 s")


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503 if self.path == "/ill" else 204)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "matcher", "expected"),
    [("/", "200-299", True), ("/", "200,204", True), ("/", "200", False), ("/ill", "200-299", False)],
)
def test_a_target_passes_with_the_codes_its_group_accepts(address, path, matcher, expected):
    group = {
        "TargetGroupArn": "arn",
        "HealthCheckPath": path,
        "HealthCheckTimeoutSeconds": 2,
        "HealthCheckIntervalSeconds": 10,
        "UnhealthyThresholdCount": 2,
        "Matcher": {"HttpCode": matcher},
    }
    passed, said = target_check(group, "10.0.0.1", address, 0).probe()
    assert passed is expected
    assert said.startswith(f"GET {path}: ")
