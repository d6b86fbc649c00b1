"""Podman's Quadlet generator starts containers as on an EC2 instance, without the options that only systemd needs."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local_aws.engine.launchers import launcher_for, quadlet
from local_aws.engine.launchers.quadlet import Quadlet, generate
from microservice import ServiceSpec
from microservice.ec2.quadlet import container_unit
from tests import engines

CHECK = ["test", "-e", "/tmp/$HOME 100%"]
SPEC = ServiceSpec(name="bills", port=9000, cpu=512, memory_mib=300, health_command=CHECK)
PODMAN: Any = SimpleNamespace(engine="podman", engine_url="unix:///run/podman/podman.sock")
DOCKER: Any = SimpleNamespace(engine="docker", engine_url="")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    engines.quadlet()
    written = tmp_path / "bills.container"
    written.write_text(container_unit(SPEC, image="bills:1"))
    return written


def test_docker_has_no_quadlet_launcher(file: Path) -> None:
    assert launcher_for(file, DOCKER) is None
    assert launcher_for(file.with_suffix(".yaml"), PODMAN) is None


def test_without_a_generator_there_is_no_launcher(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quadlet, "_GENERATORS", ())
    quadlet._version.cache_clear()
    assert launcher_for(file, PODMAN) is None
    quadlet._version.cache_clear()


def test_arguments_are_those_that_systemd_would_pass_to_podman(file: Path) -> None:
    words = generate(file)
    assert words[-1] == "bills:1"
    assert json.loads(words[words.index("--health-cmd") + 1]) == CHECK


def test_a_rejected_unit_reports_the_reason(file: Path) -> None:
    file.write_text(file.read_text().replace("ReadOnly=", "Readonly="))
    with pytest.raises(RuntimeError, match="unsupported key 'Readonly'"):
        generate(file)


IMAGE = os.environ.get("BASE_IMAGE", "containers-on-aws/base:trixie")


@pytest.fixture
def started(file: Path) -> Iterator[str]:
    written = file.read_text().replace(
        "DropCapability", "Exec=sh -c 'trap \"exit 7\" TERM; sleep 100 & wait'\nDropCapability"
    )
    file.write_text(written)
    options = {
        "name": f"quadlet-{os.getpid()}",
        "network": "podman",
        "environment": {"PRICE": '$5 "%d"', "EMPTY": ""},
        "labels": {"mine": "a=b"},
    }
    yield Quadlet().start(file, IMAGE, options, PODMAN)
    subprocess.run(["podman", "rm", "--force", "--ignore", "--time", "0", options["name"]], check=False)
    assert [left.name for left in file.parent.iterdir()] == [file.name]


@pytest.mark.container("podman")
def test_the_container_comes_from_the_unit(started: str) -> None:
    [seen] = json.loads(subprocess.run(["podman", "inspect", started], capture_output=True, check=True).stdout)
    host, config = seen["HostConfig"], seen["Config"]
    assert (host["Memory"], host["NanoCpus"], host["ReadonlyRootfs"]) == (300 * 1024**2, 500_000_000, True)
    assert (config["User"], host["SecurityOpt"]) == ("10001:10001", ["no-new-privileges"])
    assert not seen["EffectiveCaps"]
    assert config["Healthcheck"]["Test"][0] == "CMD"
    assert {'PRICE=$5 "%d"', "EMPTY="} <= set(config["Env"])
    assert config["Labels"]["mine"] == "a=b"
    assert not host["PortBindings"]


@pytest.mark.container("podman")
def test_the_container_receives_sigterm_and_stays_after_its_exit(started: str) -> None:
    before = time.monotonic()
    subprocess.run(["podman", "stop", "--time", "20", started], capture_output=True, check=True)
    assert time.monotonic() - before < 10
    [seen] = json.loads(subprocess.run(["podman", "inspect", started], capture_output=True, check=True).stdout)
    assert (seen["State"]["Status"], seen["State"]["ExitCode"]) == ("exited", 7)
