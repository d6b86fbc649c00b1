"""Twenty interruptions at random moments: each says what happened, and leaves nothing that the next command keeps.

The moments come from a fixed seed; a computer of another speed is interrupted in other work.
"""

import itertools
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from local_aws import lifecycle
from tests.integration.end_to_end import LocalRun, assert_nothing_left

pytestmark = pytest.mark.local_run

LONGEST_S = 15.0
KINDS = ("SIGINT", "SIGTERM", "SIGKILL", "the emulator", "a container")
RANDOM = random.Random(20)
CASES = [(kind, round(RANDOM.uniform(0.2, LONGEST_S), 1)) for kind in KINDS for _ in range(4)]
ENDED = {
    "SIGINT": {0, 130, -signal.SIGINT},
    "SIGTERM": {0, 143, -signal.SIGTERM},
    "SIGKILL": {0, -signal.SIGKILL},
    # A run that lost its emulator after the last check has passed.
    "the emulator": {0, 1},
    # A killed container is replaced, or its target fails.
    "a container": {0, 1},
}


@pytest.fixture(scope="module")
def assembly(tmp_path_factory) -> Path:
    output = tmp_path_factory.mktemp("assembly") / "cdk.out"
    subprocess.run(
        ["cdk", "synth", "--quiet", "--no-notices", "--output", str(output)],
        env={**os.environ, "CDK_VALIDATION": "false"},
        check=True,
    )
    return output


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """One directory for all interruptions: each run finds what the one before has left."""
    local = LocalRun(tmp_path_factory.mktemp("interrupted"))
    yield local
    local.run("down")


@pytest.mark.parametrize(("kind", "seconds"), CASES, ids=lambda value: str(value).replace(" ", "-"))
def test_an_interruption_leaves_nothing(local: LocalRun, assembly: Path, kind: str, seconds: float):
    process = local.start("run", "--engine", "processes", "--assembly", str(assembly), "--requests", "20")
    try:
        if kind in ("the emulator", "a container"):
            _wait_for_emulator(local, process)
        time.sleep(seconds)
        _interrupt(kind, local, process)
        out, err = process.communicate(timeout=600)
    finally:
        process.kill()
    assert process.returncode in ENDED[kind], out + err
    assert "Traceback" not in out + err
    if process.returncode == 1:
        assert "✘" in out + err, "a failed run says what happened"
    if kind == "SIGKILL":
        local.run("down")
    assert_nothing_left(local)


def test_the_next_run_works(local: LocalRun, assembly: Path):
    ended = local.run("run", "--engine", "processes", "--assembly", str(assembly), "--requests", "20")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert_nothing_left(local)


def _interrupt(kind: str, local: LocalRun, process: "subprocess.Popen[str]") -> None:
    environment = lifecycle.load(local.directory)
    match kind:
        case "SIGINT":
            os.killpg(process.pid, signal.SIGINT)
        case "SIGTERM":
            process.terminate()
        case "SIGKILL":
            process.kill()
        case "the emulator":
            if environment:
                os.kill(environment.emulator_pid, signal.SIGKILL)
        case "a container":
            running = (
                [one for one in environment.containers.describe() if one.status == "running"] if environment else []
            )
            if running:
                environment.containers.kill(RANDOM.choice(running))


def _wait_for_emulator(local: LocalRun, process: "subprocess.Popen[str]") -> None:
    for _ in itertools.count():
        if lifecycle.load(local.directory) or process.poll() is not None:
            return
        time.sleep(0.1)
