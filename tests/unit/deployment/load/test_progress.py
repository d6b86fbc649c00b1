"""Tracker, fault cycle, reconciler and drain."""

import io
import json
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from deployment.errors import ActionableError, EnvironmentLost
from deployment.load import drain
from deployment.load.faults import FaultCycle
from deployment.load.reconcile import Reconciler
from deployment.load.tracker import Tracker
from deployment.prober import Loss, Tally
from deployment.results import Outcome


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_tracker_follows_orders_until_they_are_final():
    table = {"one": "PLACED", "two": "PLACED"}
    clock = Clock()
    tracker = Tracker(lambda ids: {identifier: table[identifier] for identifier in ids}, clock)
    tracker.add(table)
    tracker.poll()
    clock.now = 10
    tracker.poll()
    assert (tracker.open, tracker.stalled_s) == (2, 10)
    table["one"] = "FULFILLED"
    tracker.poll()
    assert (tracker.open, tracker.stalled_s, tracker.final) == (1, 0, {"FULFILLED": 1})
    assert tracker.given_up == {"two"}


def test_a_table_that_cannot_be_read_is_no_change():
    def read(_ids: Sequence[str]) -> Mapping[str, str]:
        raise EndpointConnectionError(endpoint_url="http://x")

    tracker = Tracker(read)
    tracker.add(["one"])
    tracker.poll()
    assert tracker.open == 1


class Recorded:
    """A fault that records its injections."""

    def __init__(self, name: str, error: Exception | None = None) -> None:
        self.name = name
        self.text = name
        self.error = error
        self.injections = 0
        self.ended = False
        self.happened = threading.Event()

    def inject(self) -> None:
        self.injections += 1
        self.happened.set()
        if self.error:
            raise self.error

    def end(self) -> None:
        self.ended = True

    def hits(self) -> int:
        return self.injections


def test_faults_happen_in_turn_and_end():
    found = [Recorded("throttle-table"), Recorded("fail-secrets", ActionableError("no", "cause", "fix"))]
    with FaultCycle(found, pause_s=0.0) as cycle:
        assert found[1].happened.wait(10)
    assert all(fault.ended for fault in found)
    first, second = cycle.results()
    assert first.injected == first.hits >= 1
    assert (second.injected, second.error) == (0, "no: cause")


def test_an_unexpected_error_of_a_fault_holds_no_orders_back():
    found = [Recorded("kill-containers", FileNotFoundError("no such file")), Recorded("fail-secrets")]
    with FaultCycle(found, pause_s=0.0) as cycle:
        assert found[1].happened.wait(10)
    assert cycle.results()[0].error == "FileNotFoundError: no such file"


def test_a_lost_environment_ends_the_load():
    lost, later = EnvironmentLost("the emulator did not start"), Recorded("fail-secrets")

    def load() -> None:
        with FaultCycle([Recorded("restart-emulator", lost), later], pause_s=0.0) as cycle:
            while True:
                cycle.require_environment()

    with pytest.raises(EnvironmentLost, match="the emulator did not start"):
        load()
    assert not later.happened.is_set()
    assert not later.ended


def test_later_rounds_wait_for_progress():
    progress = 0
    fault = Recorded("throttle-table")
    with FaultCycle([fault], pause_s=0.0, progress=lambda: progress, between=5) as cycle:
        assert fault.happened.wait(10)
        while cycle.done < 1:
            pass
        fault.happened.clear()
        assert not fault.happened.wait(0.05)
        progress = 5
        assert fault.happened.wait(10)


def test_orders_are_held_back_until_the_first_round_is_done():
    cycle = FaultCycle([Recorded("throttle-table"), Recorded("fail-secrets")], pause_s=0.0)
    shares = []
    for cycle.done in range(4):
        shares.append(round(cycle.allowed_share, 2))
    assert shares == [0.33, 0.67, 1.0, 1.0]
    assert FaultCycle([], pause_s=0.0).allowed_share == 1.0


class Lambda:
    """A Lambda client with one function."""

    def __init__(self, *, environment: dict[str, str]) -> None:
        self._functions = [{"FunctionName": "f", "Environment": {"Variables": environment}}, {"FunctionName": "g"}]
        self.times: list[datetime] = []

    def get_paginator(self, _name: str) -> Any:
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"Functions": self._functions}]

    def invoke(self, *, FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == "f"
        self.times.append(datetime.fromisoformat(json.loads(Payload)["time"]))
        return {"Payload": io.BytesIO(json.dumps({"restarted": ["ord_1"]}).encode())}


def test_the_reconciler_finds_orders_that_are_old_enough():
    client = Lambda(environment={"RECONCILE_AFTER_MINUTES": "10"})
    reconciler = Reconciler.find(client)
    started = datetime.now(UTC)
    assert [reconciler.run(), reconciler.run()] == [1, 1]
    for _ in range(100):
        reconciler.advance()
    assert reconciler.run() == 1
    assert reconciler.restarted == 3
    ahead = [round((time - started) / timedelta(minutes=10)) for time in client.times]
    assert ahead == [1, 1, 2**24]


def test_an_app_without_a_reconciler_restarts_nothing():
    assert Reconciler.find(Lambda(environment={})).run() == 0


@pytest.mark.parametrize(
    ("replicas", "replaced", "counted", "outcome", "reason"),
    [
        (2, 2, Tally(requests=50), Outcome.PASSED, ""),
        (0, 0, Tally(requests=50), Outcome.NOT_RUN, "no replica runs between requests, and none receives SIGTERM"),
        (2, 1, Tally(requests=50), Outcome.FAILED, "1 of 2 replicas were replaced"),
        (2, 2, Tally(), Outcome.FAILED, "no request was sent"),
        (
            2,
            2,
            Tally(requests=50, lost=1, losses=(Loss(reason="broken", requests=1, first_s=0, last_s=0),)),
            Outcome.FAILED,
            "1 of 50 requests were lost, expected 0",
        ),
        (
            2,
            2,
            Tally(requests=50, lost=1, losses=(Loss(reason="slow", requests=1, first_s=0, last_s=0, is_timeout=True),)),
            Outcome.PASSED,
            "",
        ),
    ],
)
def test_stopped_replicas_lose_nothing(replicas: int, replaced: int, counted: Tally, outcome: Outcome, reason: str):
    found = drain.judge("ecs", replicas=replicas, replaced=replaced, counted=counted)
    assert (found.outcome, found.reason) == (outcome, reason)
