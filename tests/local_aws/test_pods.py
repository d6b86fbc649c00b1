"""Pods that Podman makes by their manifests: as they say, found by name, and gone with their run."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docker
import pytest

from local_aws.emulator.config import LABEL
from local_aws.engine import find, network
from local_aws.engine.launchers import launcher_for
from local_aws.engine.launchers.pods import KubePlay, adapted
from local_aws.environment import EngineInfo
from local_aws.machine.leftovers import remove_containers

POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"labels": {"app": "bills"}},
    "spec": {
        "restartPolicy": "Always",
        "securityContext": {"runAsUser": 10001, "runAsGroup": 10001},
        "containers": [
            {
                "name": "bills",
                "image": "000000000000.dkr.ecr.us-east-1.amazonaws.com/bills:1",
                "command": ["sleep", "60"],
                "ports": [{"containerPort": 8080}],
                "env": [{"name": "GREETING", "value": "hello"}],
                "resources": {"limits": {"cpu": "250m", "memory": "64Mi"}},
                "securityContext": {"readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
                "livenessProbe": {"httpGet": {"path": "/", "port": 8080}},
            }
        ],
    },
}
OPTIONS: dict[str, Any] = {"name": "task", "labels": {"run": "1"}, "environment": {"KEY": "of the role"}}


def test_only_what_this_machine_needs_is_adapted() -> None:
    made = adapted(POD, "127.0.0.1:1/bills:1", OPTIONS)
    before, [after] = POD["spec"]["containers"][0], made["spec"]["containers"]
    assert made["metadata"] == {"name": "task", "labels": {"app": "bills", "run": "1"}}
    assert made["spec"]["restartPolicy"] == "Never"
    assert after["image"] == "127.0.0.1:1/bills:1"
    assert after["env"] == [{"name": "KEY", "value": "of the role"}]
    assert set(before) - set(after) == {"ports", "livenessProbe"}
    same = ("command", "resources", "securityContext", "name")
    assert [after[key] for key in same] == [before[key] for key in same]
    assert made["spec"]["securityContext"] == POD["spec"]["securityContext"]


@pytest.mark.parametrize(("engine", "publish"), [("docker", False), ("processes", False), ("podman", True)])
def test_without_podman_within_reach_the_engine_runs_the_container_plainly(engine: str, publish: bool) -> None:
    config: Any = SimpleNamespace(engine=engine, publish=publish, engine_url="unix:///nowhere")
    assert launcher_for(Path("bills.pod.json"), config) is None


@pytest.fixture
def podman() -> Iterator[tuple[EngineInfo, str]]:
    """Podman, and the label of a run whose network is there."""
    label = f"pods-{uuid.uuid4().hex[:8]}"
    engine = find.find("podman")
    network.create(engine, label)
    try:
        yield engine, label
    finally:
        remove_containers(engine, label)


def start(engine: EngineInfo, label: str, directory: Path, image: str) -> Any:
    """The container of a pod that was made."""
    file = directory / "bills.pod.json"
    file.write_text(json.dumps(POD))
    config: Any = SimpleNamespace(engine="podman", publish=False, engine_url=engine.url)
    launcher = launcher_for(file, config)
    assert isinstance(launcher, KubePlay)
    assert launcher.tool(config) == f"podman kube play {engine.version}"
    options = {"name": label, "labels": {LABEL: label}, "environment": {}, "network": label}
    return docker.DockerClient(base_url=engine.url).containers.get(launcher.start(file, image, options, config))


@pytest.fixture
def image(podman: tuple[EngineInfo, str]) -> str:
    """Whatever this Podman has; all of it is Debian here, with `sleep`."""
    found = docker.DockerClient(base_url=podman[0].url).images.list()
    if not found:
        pytest.skip("Podman has no image: .ci/podman start gives it one")
    return str(found[0].id).removeprefix("sha256:")


@pytest.mark.container("podman")
def test_a_pod_is_made_as_its_manifest_says(podman: tuple[EngineInfo, str], image: str, tmp_path: Path) -> None:
    container = start(*podman, tmp_path, image)
    told = container.attrs["HostConfig"]
    assert container.attrs["Config"]["User"] == "10001:10001"
    assert (told["Memory"], told["NanoCpus"], told["ReadonlyRootfs"]) == (64 * 1024 * 1024, 250_000_000, True)
    assert told["CapDrop"]
    assert container.labels[LABEL] == podman[1]
    # Where the load balancer finds it.
    assert container.attrs["NetworkSettings"]["Networks"][podman[1]]["IPAddress"]


@pytest.mark.container("podman")
def test_pods_go_with_their_run_and_take_their_own_containers_along(
    podman: tuple[EngineInfo, str], image: str, tmp_path: Path
) -> None:
    engine, label = podman
    container = start(engine, label, tmp_path, image)
    assert remove_containers(engine, label) == [f"container {container.name}", f"pod {label}", f"network {label}"]
    assert remove_containers(engine, label) == []


@pytest.mark.container("podman")
def test_a_pod_that_cannot_be_made_says_why_and_leaves_nothing(podman: tuple[EngineInfo, str], tmp_path: Path) -> None:
    engine, label = podman
    with pytest.raises(RuntimeError, match=r"podman kube play: .*127\.0\.0\.1:1"):
        start(engine, label, tmp_path, "127.0.0.1:1/missing:1")
    assert remove_containers(engine, label) == [f"network {label}"]
