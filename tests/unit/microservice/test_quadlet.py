"""The unit as Podman's own generator takes it, and what no shell, systemd or Podman may change on the way."""

import shlex
import subprocess
from pathlib import Path

import pytest
from microservice.quadlet import environment_file, unit

from microservice import ServiceSpec
from tests.engines import quadlet

SPEC = ServiceSpec(name="bills", port=9000, cpu=512, memory_mib=300)


def generated(tmp_path: Path, written: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "bills.container").write_text(written)
    command = [quadlet(), "-dryrun"]
    environment = {"QUADLET_UNIT_DIRS": str(tmp_path)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def started(tmp_path: Path, *health_command: str) -> list[str]:
    """The words of the command that systemd runs, before it puts in anything of its own."""
    made = generated(tmp_path, unit(SPEC, image="bills:1", health_command=health_command))
    assert made.returncode == 0, made.stderr
    [line] = [line for line in made.stdout.splitlines() if line.startswith("ExecStart=")]
    return shlex.split(line.removeprefix("ExecStart="))


def test_podman_starts_what_the_unit_says(tmp_path: Path) -> None:
    words = started(tmp_path, "/well")
    assert words[:2] == ["/usr/bin/podman", "run"]
    assert words[-1] == "bills:1"
    for option, value in (
        ("--name", "bills"),
        ("--user", "10001:10001"),
        ("--cap-drop", "all"),
        ("--publish", "9000:9000"),
        ("--env-file", "/etc/microservice/environment"),
        ("--health-on-failure", "kill"),
        ("--stop-timeout", "30"),
        ("--log-driver", "passthrough"),
    ):
        assert words[words.index(option) + 1] == value
    assert {"--read-only", "--init", "--security-opt=no-new-privileges", "--cpus=0.5", "--memory=300m"} <= set(words)


def test_the_command_that_checks_health_arrives_as_it_was_written(tmp_path: Path) -> None:
    words = started(tmp_path, "sh", "-c", "test \"$(echo 100%)\" = 'a\\b'")
    said = words[words.index("--health-cmd") + 1].replace("%%", "%").replace("$$", "$")
    assert said == '["sh","-c","test \\"$(echo 100%)\\" = \'a\\\\b\'"]'


def test_a_key_that_podman_does_not_know_is_found_out(tmp_path: Path) -> None:
    refused = generated(
        tmp_path, unit(SPEC, image="bills:1", health_command=["/well"]).replace("ReadOnly=", "Readonly=")
    )
    assert refused.returncode != 0
    assert "unsupported key 'Readonly'" in refused.stderr


def test_variables_stand_in_their_file_as_they_are() -> None:
    values = {"QUERY": "a=b&c=%20", "PRICE": "$5", "QUOTED": '"it\'s"', "EMPTY": ""}
    spec = ServiceSpec(name="bills", environment=values)
    lines = dict(line.split("=", 1) for line in environment_file(spec, region="eu-west-1").splitlines())
    assert values.items() <= lines.items()
    assert lines["AWS_REGION"] == "eu-west-1"


@pytest.mark.parametrize("value", ["two\nlines", "two\u2028lines", "a\0b"])
def test_a_variable_that_a_file_of_lines_cannot_hold_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"'bills' cannot run on EC2: environment\['KEY'\] is .*; allowed: one line"):
        environment_file(ServiceSpec(name="bills", environment={"KEY": value}), region="eu-west-1")
