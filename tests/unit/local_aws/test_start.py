"""The wait for a starting emulator."""

import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from deployment.errors import EnvironmentLost
from local_aws import lifecycle

QUIET_S = 0.5


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(lifecycle, "_QUIET_TIMEOUT_S", QUIET_S)
    monkeypatch.setattr(lifecycle, "stop", lambda environment: environment.stopped.append(True))
    (tmp_path / lifecycle.EMULATOR_LOG).write_text("Loaded persisted state for s3\n")
    return SimpleNamespace(directory=tmp_path, endpoint="http://127.0.0.1:9", label="run", stopped=[])


@pytest.fixture
def process():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as running:
        yield running
        running.kill()


def test_an_emulator_that_makes_progress_may_take_longer(environment, process, monkeypatch):
    started, ready = time.monotonic(), threading.Event()

    def get(_url: str, timeout: float) -> Any:
        assert timeout
        with (environment.directory / lifecycle.EMULATOR_LOG).open("a") as log:
            log.write("Loaded persisted state for another service\n")
        if time.monotonic() - started < 3 * QUIET_S:
            raise httpx.ConnectError("nothing listens")
        ready.set()
        return SimpleNamespace(text="run")

    monkeypatch.setattr(lifecycle.httpx, "get", get)
    lifecycle.wait_until_ready(environment, process)
    assert ready.is_set()
    assert not environment.stopped


def test_an_emulator_without_progress_is_stopped(environment, process):
    with pytest.raises(EnvironmentLost) as caught:
        lifecycle.wait_until_ready(environment, process)
    assert caught.value.cause == "Loaded persisted state for s3"
    assert environment.stopped == [True]
