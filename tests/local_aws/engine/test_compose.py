"""Compose starts a container by the generated file; what is adapted, and what it says when it refuses."""

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_aws.emulator.config import EmulatorConfig
from local_aws.engine.launchers import compose, launcher_for
from tests.local_aws.emulated.templates import COMPOSE

OPTIONS: dict[str, Any] = {
    "name": "ministack-ecs-1-Main",
    "network": "the-runs-network",
    "labels": {"local-aws.run": "mine"},
    "environment": {"GREETING": "hello", "TOLD": "something", "COST": "$5", "AWS_SECRET_ACCESS_KEY": "a$b"},
}
# Writes down what it is told, and what it reads.
TOOL = """#!/bin/sh
[ "$1" = version ] && echo 9.9.9 && exit
echo "$DOCKER_HOST $*" > told
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
    """The bundle as the stand-in writes it."""
    made = tmp_path / "version" / "docker-compose.yml"
    made.parent.mkdir()
    made.write_text(COMPOSE)
    made.with_name(".env").write_text("REPOSITORY=tiny\nTOLD=something\n")
    return made


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A compose of ours in the only folder that is searched."""
    program = tmp_path / "bin" / "our-compose"
    program.parent.mkdir()
    program.write_text(TOOL)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}/usr/bin:/bin")
    monkeypatch.setattr(compose, "_COMMANDS", (("our-compose",),))
    monkeypatch.chdir(tmp_path)
    compose._version.cache_clear()
    yield program
    compose._version.cache_clear()


@pytest.mark.usefixtures("tool")
def test_the_service_is_the_files_in_this_runs_network_and_name(
    file: Path, config: EmulatorConfig, tmp_path: Path
) -> None:
    assert compose.Compose().start(file, "127.0.0.1:1/tiny:tiny", OPTIONS, config) == OPTIONS["name"]
    read = yaml.safe_load((tmp_path / "read.yml").read_text())
    [service], [given] = read["services"].values(), yaml.safe_load(COMPOSE)["services"].values()
    assert read["networks"] == {"default": {"name": "the-runs-network", "external": True}}
    differing = {key for key in service.keys() | given.keys() if service.get(key) != given.get(key)}
    assert differing == {"image", "container_name", "restart", "labels", "environment", "ports"}
    assert (service["image"], service["restart"], service["ports"]) == ("127.0.0.1:1/tiny:tiny", "no", [])
    assert service["container_name"] == OPTIONS["name"]


@pytest.mark.usefixtures("tool")
def test_variables_are_the_files_own_and_keys_are_added_and_not_kept(
    file: Path, config: EmulatorConfig, tmp_path: Path
) -> None:
    compose.Compose().start(file, "tiny", OPTIONS, config)
    [service] = yaml.safe_load((tmp_path / "read.yml").read_text())["services"].values()
    own = ["GREETING=hello", "TOLD=${TOLD}", "COST=$$5"]
    assert service["environment"] == [*own, "AWS_SECRET_ACCESS_KEY=a$$b"]
    told = (tmp_path / "told").read_text()
    assert told.startswith("unix:///here.sock ")
    assert f"--env-file {file.with_name('.env')}" in told
    assert {path.name for path in file.parent.iterdir()} == {".env", "docker-compose.yml"}


@pytest.mark.usefixtures("tool")
def test_what_compose_refuses_says_so(file: Path, config: EmulatorConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXIT", "3")
    with pytest.raises(RuntimeError, match=r"^our-compose .* said:"):
        compose.Compose().start(file, "tiny", OPTIONS, config)
    assert {path.name for path in file.parent.iterdir()} == {".env", "docker-compose.yml"}


@pytest.mark.usefixtures("tool")
def test_it_is_named_with_its_version_and_serves_bundles_only(file: Path, config: EmulatorConfig) -> None:
    launcher = launcher_for(file, config)
    assert launcher is not None
    assert launcher.tool(config) == "our-compose 9.9.9"
    assert launcher_for(file.with_name("other.yml"), config) is None


def test_without_compose_or_containers_the_engine_does_without(file: Path, config: EmulatorConfig, tool: Path) -> None:
    assert launcher_for(file, dataclasses.replace(config, engine_url="")) is None
    tool.unlink()
    compose._version.cache_clear()
    assert launcher_for(file, config) is None
