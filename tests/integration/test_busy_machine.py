"""The whole run on a computer that is busy with something else, and on one CPU: slower, and nothing else."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deployment.assembly import Assembly
from tests.integration.end_to_end import LocalRun, assert_everything_passed, assert_nothing_left

pytestmark = pytest.mark.local_run

LOOPS = 8
# A loop ends after 20 minutes, even if the test cannot end it.
LOOP = "import time; end = time.monotonic() + 1200\nwhile time.monotonic() < end: pass"


def test_a_run_passes_beside_eight_busy_loops(tmp_path: Path):
    local = LocalRun(tmp_path / "busy")
    with busy_loops():
        ended = local.run("run", "--engine", "processes", "--requests", "20")
    assert_everything_passed(ended, local.results(), _targets(local))
    assert_nothing_left(local)


def test_a_run_passes_on_one_cpu(tmp_path: Path):
    local = LocalRun(tmp_path / "one-cpu")
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        ended = local.run("run", "--engine", "processes", "--requests", "20")
    finally:
        os.sched_setaffinity(0, before)
    assert_everything_passed(ended, local.results(), _targets(local))
    assert_nothing_left(local)


@contextmanager
def busy_loops() -> Iterator[None]:
    """Keep the CPUs busy with processes of their own sessions, which Linux treats as equals of the run."""
    loops = [subprocess.Popen([sys.executable, "-c", LOOP], start_new_session=True) for _ in range(LOOPS)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def _targets(local: LocalRun) -> set[str]:
    return set(Assembly.load(local.directory / "cdk.out").targets)
