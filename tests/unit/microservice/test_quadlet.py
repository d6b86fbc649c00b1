"""The Quadlet unit, as the generator of Podman reads it, and the environment file."""

import dataclasses
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from microservice import ServiceSpec, UnsupportedSpecError
from microservice.ec2.quadlet import container_unit, environment_file
from microservice.ec2.secrets_file import FETCH_SECRETS, SECRETS_PATH
from tests.engines import quadlet

SPEC = ServiceSpec(name="bills", port=9000, cpu=512, memory_mib=300, health_command=["/healthcheck"])


def generated(tmp_path: Path, written: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "bills.container").write_text(written)
    command = [quadlet(), "-dryrun"]
    environment = {"QUADLET_UNIT_DIRS": str(tmp_path)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def started(tmp_path: Path, **fields: Any) -> list[str]:
    """Arguments of the command that systemd runs, before systemd expands them."""
    made = generated(tmp_path, container_unit(dataclasses.replace(SPEC, **fields), image="bills:1"))
    assert made.returncode == 0, made.stderr
    [line] = [line for line in made.stdout.splitlines() if line.startswith("ExecStart=")]
    return shlex.split(line.removeprefix("ExecStart="))


def test_podman_runs_the_container_with_the_options_of_the_unit(tmp_path: Path) -> None:
    arguments = started(tmp_path)
    assert arguments[:2] == ["/usr/bin/podman", "run"]
    assert arguments[-1] == "bills:1"
    for option, value in (
        ("--name", "bills"),
        ("--user", "10001:10001"),
        ("--cap-drop", "all"),
        ("--publish", "8080:9000"),
        ("--env-file", "/etc/microservice/environment"),
        ("--health-on-failure", "kill"),
        ("--stop-timeout", "30"),
        ("--log-driver", "passthrough"),
    ):
        assert arguments[arguments.index(option) + 1] == value
    assert {"--read-only", "--init", "--security-opt=no-new-privileges", "--cpus=0.5", "--memory=300m"} <= set(
        arguments
    )


def test_the_health_command_is_not_changed(tmp_path: Path) -> None:
    arguments = started(tmp_path, health_command=["sh", "-c", "test \"$(echo 100%)\" = 'a\\b'"])
    command = arguments[arguments.index("--health-cmd") + 1].replace("%%", "%").replace("$$", "$")
    assert command == '["sh","-c","test \\"$(echo 100%)\\" = \'a\\\\b\'"]'


WORDS = [
    "serve",
    "two words",
    'say "hi"',
    "it's",
    "back\\slash",
    "$HOME",
    "100%",
    "{a;b}",
    "*",
    "ü",
    "\\n",
    "--x=",
    " ",
]


def test_the_command_is_not_changed(tmp_path: Path) -> None:
    arguments = started(tmp_path, command=WORDS)
    after_image = arguments[arguments.index("bills:1") + 1 :]
    assert [word.replace("%%", "%").replace("$$", "$") for word in after_image] == WORDS


@pytest.mark.parametrize("word", [";", "two\nlines"])
def test_a_word_that_ends_the_command_of_a_unit_is_rejected(word: str) -> None:
    with pytest.raises(UnsupportedSpecError) as caught:
        container_unit(dataclasses.replace(SPEC, command=["find", word]), image="bills:1")
    assert (caught.value.field, caught.value.value) == ("command", ["find", word])


def test_without_a_health_command_podman_checks_nothing(tmp_path: Path) -> None:
    assert not [word for word in started(tmp_path, health_command=[]) if word.startswith("--health")]


@pytest.mark.parametrize("paths", [["/tmp", "/data"], []])
def test_the_writable_directories_alone_are_in_memory_with_a_size_for_every_user(
    paths: list[str], tmp_path: Path
) -> None:
    """`/dev/shm` is writable in containers of Docker, too."""
    arguments = started(tmp_path, writable_paths=paths)
    mounts = [arguments[number + 1] for number, word in enumerate(arguments) if word == "--tmpfs"]
    assert [mount.split(":")[0] for mount in mounts] == [*paths, "/dev/shm"]
    assert {"size=64m", "mode=1777", "notmpcopyup"} <= set(mounts[0].split(":")[1].split(","))
    assert "--read-only-tmpfs=false" in arguments


def test_secrets_are_read_before_each_start_into_a_directory_of_root(tmp_path: Path) -> None:
    spec = dataclasses.replace(SPEC, secrets={"KEY": "arn:aws:ssm:eu-west-1:123456789012:parameter/bills/key"})
    unit = container_unit(spec, image="bills:1")
    assert "\nRuntimeDirectory=microservice\nRuntimeDirectoryMode=0700\n" in unit
    [fetch] = re.findall(r"^ExecStartPre=(.*)$", unit, re.MULTILINE)
    assert fetch.split() == [FETCH_SECRETS, SECRETS_PATH, "/run/microservice/secrets"]
    assert "--env-file /run/microservice/secrets" in generated(tmp_path, unit).stdout
    # systemd starts the unit again if the command fails.
    assert "\nRestart=always\n" in unit
    assert "secrets" not in container_unit(SPEC, image="bills:1")


@pytest.mark.parametrize("seconds", [5, 60, 900])
def test_a_slow_start_does_not_fail_the_checks_of_the_unit(seconds: int) -> None:
    unit = container_unit(dataclasses.replace(SPEC, start_seconds=seconds), image="bills:1")
    assert f"\nHealthStartPeriod={seconds}s\n" in unit
    assert f"\nTimeoutStartSec={120 + seconds}\n" in unit


def test_an_unknown_key_fails(tmp_path: Path) -> None:
    failed = generated(
        tmp_path,
        container_unit(SPEC, image="bills:1").replace("ReadOnly=", "Readonly="),
    )
    assert failed.returncode != 0
    assert "unsupported key 'Readonly'" in failed.stderr


def test_the_environment_file_has_the_values_unchanged() -> None:
    values = {"QUERY": "a=b&c=%20", "PRICE": "$5", "QUOTED": '"it\'s"', "EMPTY": ""}
    spec = ServiceSpec(name="bills", environment=values)
    lines = dict(line.split("=", 1) for line in environment_file(spec, {}, region="eu-west-1").splitlines())
    assert values.items() <= lines.items()
    assert lines["AWS_REGION"] == "eu-west-1"


@pytest.mark.parametrize("value", ["two\nlines", "two\u2028lines", "a\0b"])
def test_a_value_with_several_lines_is_rejected(value: str) -> None:
    with pytest.raises(UnsupportedSpecError) as caught:
        environment_file(ServiceSpec(name="bills", environment={"KEY": value}), {}, region="eu-west-1")
    assert (caught.value.field, caught.value.value) == ("environment['KEY']", value)
    assert caught.value.allowed == "one line of printable characters"
