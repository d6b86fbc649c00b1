"""State of processes comes from their records and the system."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local_aws.engine import process_inspect
from local_aws.engine.processes import RECORDS

CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE)
    yield started
    started.kill()
    started.wait()


def inspect(process: subprocess.Popen[bytes], directory: Path) -> Any:
    records = directory / RECORDS
    records.mkdir(exist_ok=True)
    record = {
        "name": "tiny",
        "pid": process.pid,
        "image": "tiny:1",
        "command": ["serve"],
        "labels": {},
        "address": "127.0.0.1",
        "environment": {},
        "exit_code": None,
    }
    (records / "one.json").write_text(json.dumps(record))
    (records / "one.log").touch()
    environment: Any = SimpleNamespace(directory=directory)
    [state] = process_inspect.containers(environment)
    return state


def test_a_process_that_is_removed_meanwhile_is_skipped(tmp_path: Path) -> None:
    records = tmp_path / RECORDS
    records.mkdir()
    # The log is gone; the record was listed before.
    (records / "removed.json").write_text("{}")
    environment: Any = SimpleNamespace(directory=tmp_path)
    assert process_inspect.containers(environment) == []


def test_memory_counts_child_processes(process: subprocess.Popen[bytes], tmp_path: Path) -> None:
    own = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024**2
    deadline = time.monotonic() + 10
    while (state := inspect(process, tmp_path)).memory_mib_used < own * 1.5 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert state.status == "running"
    assert state.memory_mib_used >= own * 1.5


def test_a_suspended_process_is_stopped(process: subprocess.Popen[bytes], tmp_path: Path) -> None:
    process.send_signal(signal.SIGSTOP)
    deadline = time.monotonic() + 10
    while (state := inspect(process, tmp_path)).status == "running" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert state.status == "stopped"
    assert state.memory_mib_used is not None


def test_a_process_that_has_ended_uses_no_memory(process: subprocess.Popen[bytes], tmp_path: Path) -> None:
    process.kill()
    process.wait()
    state = inspect(process, tmp_path)
    assert (state.status, state.memory_mib_used) == ("exited", None)
