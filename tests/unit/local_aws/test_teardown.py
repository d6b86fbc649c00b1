"""Teardown at the end of a command, however it ends."""

import io
import os
import signal

import pytest

from deployment.console import Progress, make_console
from local_aws import lifecycle
from local_aws.teardown import Interrupted, teardown, teardown_on_exit


@pytest.fixture
def progress() -> Progress:
    return Progress(make_console(io.StringIO(), {}))


@pytest.fixture
def removed(monkeypatch) -> list[str]:
    """What was stopped and cleaned, in order."""
    done: list[str] = []
    monkeypatch.setattr(lifecycle, "load", lambda _directory: "a running one")
    monkeypatch.setattr(lifecycle, "stop", lambda _running: done.append("stopped") or [])
    monkeypatch.setattr(lifecycle, "clean", lambda _directory: done.append("cleaned") or [])
    return done


def test_at_the_end_of_the_block_everything_is_removed(tmp_path, progress, removed):
    with teardown_on_exit(tmp_path, progress):
        assert removed == []
    assert removed == ["stopped", "cleaned"]


def test_with_keep_nothing_is_removed(tmp_path, progress, removed):
    with teardown_on_exit(tmp_path, progress, keep=True):
        pass
    assert removed == []


def test_after_an_error_everything_is_removed_even_with_keep(tmp_path, progress, removed):
    with pytest.raises(ValueError, match="boom"), teardown_on_exit(tmp_path, progress, keep=True):
        raise ValueError("boom")
    assert removed == ["stopped", "cleaned"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_after_a_signal_everything_is_removed(tmp_path, progress, removed, number, status):
    with pytest.raises(Interrupted) as ended, teardown_on_exit(tmp_path, progress):
        os.kill(os.getpid(), number)
    assert ended.value.exit_status == status
    assert removed == ["stopped", "cleaned"]


def test_a_second_signal_does_not_interrupt_the_teardown(tmp_path, progress, monkeypatch, removed):
    def impatient(_running):
        os.kill(os.getpid(), signal.SIGINT)
        removed.append("stopped")
        return []

    monkeypatch.setattr(lifecycle, "stop", impatient)
    teardown(tmp_path, progress)
    assert removed == ["stopped", "cleaned"]


@pytest.mark.usefixtures("removed")
def test_signal_handlers_are_restored(tmp_path, progress):
    before = signal.getsignal(signal.SIGTERM)
    with teardown_on_exit(tmp_path, progress):
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
