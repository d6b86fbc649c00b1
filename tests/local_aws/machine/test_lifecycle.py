"""The local AWS starts, stops, and cleans up after a run that was killed."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from deployment.errors import ActionableError
from local_aws import facts
from local_aws.environment import REPOSITORY, Settings, label_of
from local_aws.machine import launch, leftovers, lifecycle
from tests.emulated import templates
from tests.emulated.emulator import Emulator, started, write_assembly

pytestmark = pytest.mark.local_run

PROCESSES = "processes"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_assembly(tmp_path / "cdk.out")
    return Settings(engine=PROCESSES, directory=tmp_path / "local", assembly=tmp_path / "cdk.out")


def pids(emulator: Emulator) -> list[int]:
    return [int(fact.labels["pid"]) for fact in facts.containers(emulator.environment)]


def gone(pid: int) -> bool:
    return not leftovers._exists(pid)


def test_stop_leaves_logs_only(settings: Settings):
    running = lifecycle.start(settings)
    Emulator(running).deploy("tiny", templates.service("serve"))
    processes = [running.emulator_pid, *pids(Emulator(running))]
    lifecycle.stop(running)
    assert all(gone(pid) for pid in processes)
    assert [path.name for path in settings.directory.iterdir()] == ["emulator.log"]
    assert lifecycle.load(settings.directory) is None


def test_a_run_that_is_on_is_found_again(settings: Settings):
    running = lifecycle.start(settings)
    try:
        assert lifecycle.load(settings.directory) == running
    finally:
        lifecycle.stop(running)


def test_no_process_outlives_an_emulator_that_is_killed(tmp_path: Path):
    with started(tmp_path) as emulator:
        emulator.deploy("tiny", templates.service("serve"))
        (pid,) = pids(emulator)
        os.kill(emulator.environment.emulator_pid, signal.SIGKILL)
        emulator.wait(lambda: gone(pid), seconds=5)


def test_the_next_start_cleans_up_after_a_kill(settings: Settings):
    first = lifecycle.start(settings)
    Emulator(first).deploy("tiny", templates.service("serve"))
    os.kill(first.emulator_pid, signal.SIGKILL)
    second = lifecycle.start(settings)
    try:
        assert facts.containers(second) == []
        assert httpx.get(f"{second.endpoint}/_ministack/health").status_code == 200
    finally:
        lifecycle.stop(second)


def test_a_start_replaces_an_emulator_that_nobody_wrote_down(settings: Settings):
    """As after a kill between its start and the note about it."""
    first = lifecycle.start(settings)
    (settings.directory / "state.json").unlink()
    second = lifecycle.start(settings)
    lifecycle.stop(second)
    assert gone(first.emulator_pid)


def test_another_process_with_the_same_id_is_left_alone(settings: Settings):
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        removed = leftovers.remove_processes(label_of(settings.directory), (stranger.pid, 1))
        assert removed == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_busy_port_is_said(settings: Settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ActionableError) as caught:
            lifecycle.start(Settings(engine=PROCESSES, port=port, directory=settings.directory))
    assert caught.value.message == f"port {port} is busy"
    assert "--port" in caught.value.fix


def test_a_wanted_port_is_taken(settings: Settings):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = lifecycle.start(Settings(engine=PROCESSES, port=port, directory=settings.directory))
    lifecycle.stop(running)
    assert running.port == port


def test_a_dead_engine_is_said(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{settings.directory}/nobody.sock")
    with pytest.raises(ActionableError) as caught:
        lifecycle.start(Settings(directory=settings.directory))
    assert caught.value.message == "the container engine does not respond"
    assert "nobody.sock" in caught.value.cause
    assert "--engine processes" in caught.value.fix


def test_a_missing_tool_is_said(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(launch, "EMULATOR_PYTHON", REPOSITORY / ".venv-missing" / "bin" / "python")
    with pytest.raises(ActionableError) as caught:
        lifecycle.start(settings)
    assert caught.value.message == ".venv-missing/bin/python is missing"
    assert caught.value.fix == "make setup"


def test_a_full_disk_is_said(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    def full(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ActionableError) as caught:
        lifecycle.start(settings)
    assert "No space left on device" in caught.value.cause
    assert not list(leftovers._marked(label_of(settings.directory)))


def test_an_emulator_that_does_not_start_is_said(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(launch, "EMULATOR_PYTHON", Path("/bin/false"))
    with pytest.raises(ActionableError) as caught:
        lifecycle.start(settings)
    assert caught.value.message == "the emulator did not start"
    assert "emulator.log" in caught.value.fix


def test_credentials_of_the_reader_are_not_used(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    monkeypatch.setenv("CDK_DEFAULT_ACCOUNT", "123456789012")
    running = lifecycle.start(settings)
    try:
        environment = running.client_environment()
        assert "AWS_PROFILE" not in environment
        assert "AWS_SESSION_TOKEN" not in environment
        assert "CDK_DEFAULT_ACCOUNT" not in environment
        assert (environment["AWS_ACCESS_KEY_ID"], environment["AWS_CONFIG_FILE"]) == ("test", os.devnull)
    finally:
        lifecycle.stop(running)


def test_an_engine_that_died_does_not_keep_the_next_run_from_starting(settings: Settings):
    from dataclasses import replace

    from local_aws.environment import EngineInfo

    first = lifecycle.start(settings)
    replace(first, engine=EngineInfo(kind="docker", url=f"unix://{settings.directory}/nobody.sock")).save()
    said = lifecycle.clean(settings.directory)
    assert any(line.startswith("nothing in docker: ") for line in said)
    assert gone(first.emulator_pid)
    assert lifecycle.load(settings.directory) is None
