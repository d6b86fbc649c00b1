"""Compose starts a container from the generated file: what the launcher adapts, and what it reports on failure."""

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_aws.emulator.config import EmulatorConfig
from local_aws.engine.launchers import compose, launcher_for
from tests.emulated.templates import COMPOSE

OPTIONS: dict[str, Any] = {
    "name": "ministack-ecs-1-Main",
    "network": "run-network",
    "labels": {"local-aws.run": "mine"},
    "environment": {"GREETING": "hello", "SETTING": "something", "COST": "$5", "AWS_SECRET_ACCESS_KEY": "a$b"},
}
# Records its arguments, and the file that it reads.
TOOL = """#!/bin/sh
[ "$1" = version ] && echo 9.9.9 && exit
echo "$DOCKER_HOST $*" > arguments
while [ "$1" != --file ]; do shift; done
cp "$2" read.yml
exit ${EXIT:-0}
"""


@pytest.fixture
def config(tmp_path: Path) -> EmulatorConfig:
    made: dict[str, Any] = {field.name: "" for field in dataclasses.fields(EmulatorConfig)}
    return EmulatorConfig(**made | {"engine": "docker", "engine_url": "unix:///here.sock", "directory": tmp_path})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The bundle as the emulated Beanstalk extracts it."""
    made = tmp_path / "version" / "docker-compose.yml"
    made.parent.mkdir()
    made.write_text(COMPOSE)
    made.with_name(".env").write_text("REPOSITORY=tiny\nSETTING=something\n")
    return made


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fake Compose in the only directory that is searched."""
    program = tmp_path / "bin" / "fake-compose"
    program.parent.mkdir()
    program.write_text(TOOL)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}/usr/bin:/bin")
    monkeypatch.setattr(compose, "_COMMANDS", (("fake-compose",),))
    monkeypatch.chdir(tmp_path)
    compose._version.cache_clear()
    yield program
    compose._version.cache_clear()


@pytest.mark.usefixtures("tool")
def test_the_service_comes_from_the_file_with_the_runs_network_and_name(
    file: Path, config: EmulatorConfig, tmp_path: Path
) -> None:
    assert compose.Compose().start(file, "127.0.0.1:1/tiny:tiny", OPTIONS, config) == OPTIONS["name"]
    read = yaml.safe_load((tmp_path / "read.yml").read_text())
    [service], [given] = read["services"].values(), yaml.safe_load(COMPOSE)["services"].values()
    assert read["networks"] == {"default": {"name": "run-network", "external": True}}
    differing = {key for key in service.keys() | given.keys() if service.get(key) != given.get(key)}
    assert differing == {"image", "container_name", "restart", "labels", "environment", "ports"}
    assert (service["image"], service["restart"], service["ports"]) == ("127.0.0.1:1/tiny:tiny", "no", [])
    assert service["container_name"] == OPTIONS["name"]


@pytest.mark.usefixtures("tool")
def test_credentials_are_added_to_the_files_variables_and_not_kept(
    file: Path, config: EmulatorConfig, tmp_path: Path
) -> None:
    compose.Compose().start(file, "tiny", OPTIONS, config)
    [service] = yaml.safe_load((tmp_path / "read.yml").read_text())["services"].values()
    own = ["GREETING=hello", "SETTING=${SETTING}", "COST=$$5"]
    assert service["environment"] == [*own, "AWS_SECRET_ACCESS_KEY=a$$b"]
    arguments = (tmp_path / "arguments").read_text()
    assert arguments.startswith("unix:///here.sock ")
    assert f"--env-file {file.with_name('.env')}" in arguments
    assert {path.name for path in file.parent.iterdir()} == {".env", "docker-compose.yml"}


@pytest.mark.usefixtures("tool")
def test_secrets_have_the_values_that_the_emulator_has_read(file: Path, config: EmulatorConfig, tmp_path: Path) -> None:
    file.write_text(COMPOSE.replace('"GREETING=hello"', '"GREETING=hello", "KEY=${KEY:?not set}"'))
    options = {**OPTIONS, "environment": {"KEY": "a$b"}}
    compose.Compose().start(file, "tiny", options, config)
    [service] = yaml.safe_load((tmp_path / "read.yml").read_text())["services"].values()
    assert service["environment"] == ["GREETING=hello", "SETTING=${SETTING}", "COST=$$5", "KEY=a$$b"]


@pytest.mark.usefixtures("tool")
def test_a_failure_reports_the_output_of_compose(
    file: Path, config: EmulatorConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXIT", "3")
    with pytest.raises(RuntimeError, match=r"^fake-compose .* failed:"):
        compose.Compose().start(file, "tiny", OPTIONS, config)
    assert {path.name for path in file.parent.iterdir()} == {".env", "docker-compose.yml"}


@pytest.mark.usefixtures("tool")
def test_the_tool_has_a_version_and_starts_bundles_only(file: Path, config: EmulatorConfig) -> None:
    launcher = launcher_for(file, config)
    assert launcher is not None
    assert launcher.tool(config) == "fake-compose 9.9.9"
    assert launcher_for(file.with_name("other.yml"), config) is None


def test_without_compose_or_containers_there_is_no_launcher(file: Path, config: EmulatorConfig, tool: Path) -> None:
    assert launcher_for(file, dataclasses.replace(config, engine_url="")) is None
    tool.unlink()
    compose._version.cache_clear()
    assert launcher_for(file, config) is None
