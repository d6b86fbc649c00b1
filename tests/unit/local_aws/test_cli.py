"""The command line: help, rejected input, errors and exit statuses."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from deployment.errors import ActionableError
from local_aws import cli
from local_aws.teardown import Interrupted

COMMANDS = ["run", "up", "deploy", "call", "logs", "status", "down"]


@pytest.fixture
def invoke():
    return lambda *arguments: CliRunner().invoke(cli.main, arguments)


def test_help_shows_examples_files_and_exit_statuses(invoke):
    text = invoke("--help").output
    for word in ("Examples:", "results.json", "Exit status:", *COMMANDS):
        assert word in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_text(invoke, command):
    result = invoke(command, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--engine", "lxc"], "'lxc' is not one of 'auto', 'docker', 'podman', 'processes'"),
        (["run", "--port", "0"], "0 is not in the range 1<=x<=65535"),
        (["run", "--requests", "many"], "'many' is not a valid integer"),
        (["run", "--assembly", "/nowhere"], "'/nowhere' does not exist"),
        (["fly"], "No such command 'fly'"),
        (["logs"], "Missing argument 'TARGET'"),
    ],
)
def test_invalid_input_is_rejected_with_the_value_and_the_allowed_values(invoke, arguments, message):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert message in result.output


@pytest.mark.parametrize("command", ["run", "load", "updates"])
def test_an_unknown_target_is_rejected_before_anything_starts(invoke, tmp_path, command):
    directory = tmp_path / "local"
    result = invoke("--directory", str(directory), command, "--target", "lambda", "--target", "ecs-fargat")
    assert result.exit_code == 1
    assert result.stdout == ""
    words = " ".join(result.stderr.split())
    assert "there is no target 'ecs-fargat'" in words
    assert "the app has ecs-fargate, ecs-express, ecs-managed-instances, eks-auto, eks-fargate" in words
    assert "fix use ecs-fargate" in words
    assert not directory.exists()


@pytest.mark.parametrize("command", [["status"], ["call"], ["deploy"], ["logs", "lambda"]])
def test_a_command_that_needs_a_running_environment_has_a_fix(invoke, tmp_path, command):
    result = invoke("--directory", str(tmp_path), *command)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "no local environment is up" in result.stderr
    assert "python -m local_aws up" in result.stderr


@pytest.fixture
def failing(monkeypatch, tmp_path):
    """Invoke `status` with an error in it."""

    def invoke(error: BaseException):
        def fail(_directory):
            raise error

        monkeypatch.setattr(cli.lifecycle, "load", fail)
        return CliRunner().invoke(cli.main, ["--directory", str(tmp_path), "status"])

    return invoke


def test_an_actionable_error_is_on_stderr_without_a_stack_trace(failing):
    result = failing(ActionableError("port 4566 is busy", "process 812 holds it", "python -m local_aws up --port 4577"))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert [line.split()[0] for line in result.stderr.splitlines()] == ["✘", "cause", "fix"]


def test_an_unexpected_exception_is_a_message_and_a_file(failing, tmp_path):
    result = failing(ConnectionError("connection refused"))
    assert result.exit_code == 1
    assert "ConnectionError: connection refused" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in (tmp_path / "traceback.log").read_text()


@pytest.mark.parametrize(("number", "status"), [(2, 130), (15, 143)])
def test_a_signal_becomes_the_exit_status_that_shells_expect(failing, number, status):
    result = failing(Interrupted(number))
    assert result.exit_code == status
    assert "nothing was left behind" in result.stderr


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_fits_80_columns(invoke, command):
    assert max(len(line) for line in invoke(*command, "--help").output.splitlines()) <= 80


def test_the_module_runs_without_a_terminal_and_without_colour():
    ended = subprocess.run(
        [sys.executable, "-m", "local_aws", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "FORCE_COLOR": "", "CI": "true"},
    )
    assert "Examples:" in ended.stdout
    assert "\x1b" not in ended.stdout
