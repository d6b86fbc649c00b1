"""The command line: what it teaches, what it refuses, and its exit statuses."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from deployment.errors import ActionableError
from local_aws import cli, commands
from local_aws.run import Interrupted

COMMANDS = ["run", "up", "deploy", "call", "logs", "status", "down"]


@pytest.fixture
def invoke():
    return lambda *arguments: CliRunner().invoke(cli.main, arguments)


def test_help_shows_examples_files_and_exit_statuses(invoke):
    text = invoke("--help").output
    for word in ("Examples:", "results.json", "Exit status:", *COMMANDS):
        assert word in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does(invoke, command):
    result = invoke(command, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--engine", "lxc"], "'lxc' is not one of 'auto', 'docker', 'podman', 'processes'"),
        (["run", "--port", "0"], "0 is not in the range 1<=x<=65535"),
        (["run", "--requests", "many"], "'many' is not a valid integer"),
        (["run", "--assembly", "/nowhere"], "'/nowhere' does not exist"),
        (["fly"], "No such command 'fly'"),
        (["logs"], "Missing argument 'TARGET'"),
    ],
)
def test_input_that_is_not_understood_names_the_value_and_what_is_allowed(invoke, arguments, told):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert told in result.output


@pytest.mark.parametrize("command", [["status"], ["call"], ["deploy"], ["logs", "lambda"]])
def test_what_needs_a_local_aws_says_how_to_get_one(invoke, tmp_path, command):
    result = invoke("--directory", str(tmp_path), *command)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "no local AWS is up" in result.stderr
    assert "python -m local_aws up" in result.stderr


def test_an_error_that_people_can_mend_is_on_stderr_without_a_stack_trace(capsys):
    def fail(_console):
        raise ActionableError("port 4566 is busy", "process 812 holds it", "python -m local_aws up --port 4577")

    assert commands.guarded(fail, Path()) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert [line.split()[0] for line in shown.err.splitlines()] == ["✘", "why", "cure"]


def test_what_nobody_expected_is_three_lines_and_a_file(capsys, tmp_path):
    def fail(_console):
        raise ConnectionError("connection refused")

    assert commands.guarded(fail, tmp_path) == 1
    shown = capsys.readouterr().err
    assert "ConnectionError: connection refused" in shown
    assert "Traceback" not in shown
    assert "Traceback" in (tmp_path / "traceback.log").read_text()


@pytest.mark.parametrize(("number", "status"), [(2, 130), (15, 143)])
def test_a_signal_becomes_the_exit_status_that_shells_expect(capsys, number, status):
    def interrupted(_console):
        raise Interrupted(number)

    assert commands.guarded(interrupted, Path()) == status
    assert "nothing was left behind" in capsys.readouterr().err


def test_the_module_runs_without_a_terminal_and_without_colour():
    answer = subprocess.run(
        [sys.executable, "-m", "local_aws", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "FORCE_COLOR": "", "CI": "true"},
    )
    assert "Examples:" in answer.stdout
    assert "\x1b" not in answer.stdout
