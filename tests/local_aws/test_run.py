"""A run's edges: signals, its stopwatch, and that it removes what it started however it ends."""

import io
import os
import signal

import pytest

from deployment.console import Progress, make_console
from deployment.stages.options import Options
from deployment.stages.stopwatch import Stopwatch
from local_aws import run
from local_aws.environment import Settings
from local_aws.machine import lifecycle


@pytest.fixture
def options(tmp_path) -> Options:
    return Options(settings=Settings(directory=tmp_path))


@pytest.fixture
def progress() -> Progress:
    return Progress(make_console(io.StringIO(), {}))


@pytest.fixture
def removed(monkeypatch) -> list[str]:
    """What was stopped and cleaned, in order; nothing real is touched."""
    done: list[str] = []
    monkeypatch.setattr(lifecycle, "load", lambda _directory: "a running one")
    monkeypatch.setattr(lifecycle, "stop", lambda _running: done.append("stopped") or [])
    monkeypatch.setattr(lifecycle, "clean", lambda _directory: done.append("cleaned") or [])
    return done


def test_a_run_that_ends_is_removed(options, progress, removed):
    with run.removed_afterwards(options, progress, Stopwatch()):
        assert removed == []
    assert removed == ["stopped", "cleaned"]


def test_a_run_that_is_kept_is_not_removed(options, progress, removed):
    with run.removed_afterwards(options, progress, Stopwatch(), keep=True):
        pass
    assert removed == []


def test_a_run_that_fails_is_removed_even_when_it_should_be_kept(options, progress, removed):
    with pytest.raises(ValueError, match="boom"), run.removed_afterwards(options, progress, Stopwatch(), keep=True):
        raise ValueError("boom")
    assert removed == ["stopped", "cleaned"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_run_and_everything_is_removed(options, progress, removed, number, status):
    with pytest.raises(run.Interrupted) as ended, run.removed_afterwards(options, progress, Stopwatch()):
        os.kill(os.getpid(), number)
    assert ended.value.exit_status == status
    assert removed == ["stopped", "cleaned"]


def test_a_second_signal_does_not_end_the_removal(options, progress, monkeypatch, removed):
    def impatient(_running):
        os.kill(os.getpid(), signal.SIGINT)
        removed.append("stopped")
        return []

    monkeypatch.setattr(lifecycle, "stop", impatient)
    run.down(options, progress)
    assert removed == ["stopped", "cleaned"]


@pytest.mark.usefixtures("removed")
def test_signals_mean_what_they_meant_before_once_the_run_is_over(options, progress):
    before = signal.getsignal(signal.SIGTERM)
    with run.removed_afterwards(options, progress, Stopwatch()):
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_steps_are_timed_in_the_order_in_which_they_start():
    now = [0.0]
    watch = Stopwatch(lambda: now[0])
    with watch.step("outer"):
        now[0] += 1
        with watch.step("inner"):
            now[0] += 2
    assert list(watch.steps.items()) == [("outer", 3.0), ("inner", 2.0)]
    assert watch.seconds == 3.0


def test_a_step_that_fails_is_timed_too():
    now = [0.0]
    watch = Stopwatch(lambda: now[0])

    def fail() -> None:
        now[0] += 4
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"), watch.step("failing"):
        fail()
    assert watch.steps == {"failing": 4.0}
