"""The local environment starts, stops, and cleans up after a killed run."""

import os
import signal
import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from deployment.errors import ActionableError
from deployment.paths import REPOSITORY
from local_aws import cleanup, lifecycle
from local_aws.environment import EngineInfo, Settings, label_of
from tests.emulated import templates
from tests.emulated.emulator import Emulator, started, write_assembly

pytestmark = pytest.mark.local_run

PROCESSES = "processes"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_assembly(tmp_path / "cdk.out")
    return Settings(engine=PROCESSES, directory=tmp_path / "local", assembly=tmp_path / "cdk.out")


def pids(emulator: Emulator) -> list[int]:
    return [int(container.labels["pid"]) for container in emulator.environment.containers.describe()]


def gone(pid: int) -> bool:
    return not cleanup._exists(pid)


def test_stop_leaves_logs_only(settings: Settings):
    environment = lifecycle.start(settings)
    Emulator(environment).deploy("tiny", templates.service("serve"))
    processes = [environment.emulator_pid, *pids(Emulator(environment))]
    lifecycle.stop(environment)
    assert all(gone(pid) for pid in processes)
    assert [path.name for path in settings.directory.iterdir()] == ["emulator.log"]
    assert lifecycle.load(settings.directory) is None


def test_a_running_environment_is_found_again(settings: Settings):
    environment = lifecycle.start(settings)
    try:
        assert lifecycle.load(settings.directory) == environment
    finally:
        lifecycle.stop(environment)


def test_no_process_outlives_a_killed_emulator(tmp_path: Path):
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
        assert second.containers.describe() == []
        assert httpx.get(f"{second.endpoint}/_ministack/health").status_code == 200
    finally:
        lifecycle.stop(second)


def test_a_start_replaces_an_emulator_without_a_state_file(settings: Settings):
    """As after a kill between its start and the write of the file."""
    first = lifecycle.start(settings)
    (settings.directory / "state.json").unlink()
    second = lifecycle.start(settings)
    lifecycle.stop(second)
    assert gone(first.emulator_pid)


def test_another_process_with_the_same_id_is_not_stopped(settings: Settings):
    other = subprocess.Popen(["sleep", "60"])
    try:
        removed = cleanup.remove_processes(label_of(settings.directory), (other.pid, 1))
        assert removed == []
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_busy_port_is_an_error(settings: Settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ActionableError) as caught:
            lifecycle.start(Settings(engine=PROCESSES, port=port, directory=settings.directory))
    assert caught.value.message == f"port {port} is busy"
    assert "--port" in caught.value.fix


def test_a_given_port_is_used(settings: Settings):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = lifecycle.start(Settings(engine=PROCESSES, port=port, directory=settings.directory))
    lifecycle.stop(environment)
    assert environment.port == port


def test_an_engine_that_does_not_respond_is_an_error(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{settings.directory}/missing.sock")
    with pytest.raises(ActionableError) as caught:
        lifecycle.start(Settings(directory=settings.directory))
    assert caught.value.message.startswith("the container engine does not ")
    assert "missing.sock" in caught.value.cause
    assert "--engine processes" in caught.value.fix


def test_a_missing_tool_is_an_error(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lifecycle, "EMULATOR_PYTHON", REPOSITORY / ".venv-missing" / "bin" / "python")
    with pytest.raises(ActionableError) as caught:
        lifecycle.start(settings)
    assert caught.value.message == ".venv-missing/bin/python is missing"
    assert caught.value.fix == "make setup"


def test_a_full_disk_is_an_error(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    def full(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ActionableError) as caught:
        lifecycle.start(settings)
    assert "No space left on device" in caught.value.cause
    assert not list(cleanup._labelled(label_of(settings.directory)))


def test_an_emulator_that_does_not_start_is_an_error(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lifecycle, "EMULATOR_PYTHON", Path("/bin/false"))
    with pytest.raises(ActionableError) as caught:
        lifecycle.start(settings)
    assert caught.value.message == "the emulator did not start"
    assert "emulator.log" in caught.value.fix


def test_your_own_credentials_are_not_used(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    monkeypatch.setenv("CDK_DEFAULT_ACCOUNT", "123456789012")
    environment = lifecycle.start(settings)
    try:
        variables = environment.cli_environment()
        assert "AWS_PROFILE" not in variables
        assert "AWS_SESSION_TOKEN" not in variables
        assert "CDK_DEFAULT_ACCOUNT" not in variables
        assert (variables["AWS_ACCESS_KEY_ID"], variables["AWS_CONFIG_FILE"]) == ("test", os.devnull)
    finally:
        lifecycle.stop(environment)


def test_after_an_engine_has_died_the_next_run_starts(settings: Settings):
    first = lifecycle.start(settings)
    replace(first, engine=EngineInfo(kind="docker", url=f"unix://{settings.directory}/missing.sock")).save()
    removed = lifecycle.clean(settings.directory)
    assert any(line.startswith("nothing in docker: ") for line in removed)
    assert gone(first.emulator_pid)
    assert lifecycle.load(settings.directory) is None
