"""Podman starts pods from their manifests, and the run's clean-up removes them."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docker
import pytest

from local_aws.cleanup import remove_containers
from local_aws.emulator.config import LABEL
from local_aws.engine import network
from local_aws.engine.detect import detect
from local_aws.engine.launchers import launcher_for
from local_aws.engine.launchers.kube_play import KubePlay, adapt
from local_aws.environment import EngineInfo

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


def test_the_launcher_adapts_only_what_this_machine_needs() -> None:
    adapted = adapt(POD, "127.0.0.1:1/bills:1", OPTIONS)
    before, [after] = POD["spec"]["containers"][0], adapted["spec"]["containers"]
    assert adapted["metadata"] == {"name": "task", "labels": {"app": "bills", "run": "1"}}
    assert adapted["spec"]["restartPolicy"] == "Never"
    assert after["image"] == "127.0.0.1:1/bills:1"
    assert after["env"] == [{"name": "KEY", "value": "of the role"}]
    assert set(before) - set(after) == {"ports", "livenessProbe"}
    same = ("command", "resources", "securityContext", "name")
    assert [after[key] for key in same] == [before[key] for key in same]
    assert adapted["spec"]["securityContext"] == POD["spec"]["securityContext"]


@pytest.mark.parametrize(("engine", "publish"), [("docker", False), ("processes", False), ("podman", True)])
def test_without_a_reachable_podman_there_is_no_launcher(engine: str, publish: bool) -> None:
    config: Any = SimpleNamespace(engine=engine, publish=publish, engine_url="unix:///nowhere")
    assert launcher_for(Path("bills.pod.json"), config) is None


@pytest.fixture
def podman() -> Iterator[tuple[EngineInfo, str]]:
    """Podman, and the label of a run with a network."""
    label = f"pods-{uuid.uuid4().hex[:8]}"
    engine = detect("podman")
    network.create(engine, label)
    try:
        yield engine, label
    finally:
        remove_containers(engine, label)


def start(engine: EngineInfo, label: str, directory: Path, image: str) -> Any:
    """Start the pod and return its container."""
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
    """Any image of this Podman; all of them contain `sleep`."""
    found = docker.DockerClient(base_url=podman[0].url).images.list()
    if not found:
        pytest.skip("Podman has no image: .ci/podman start gives it one")
    return str(found[0].id).removeprefix("sha256:")


@pytest.mark.container("podman")
def test_the_pod_comes_from_its_manifest(podman: tuple[EngineInfo, str], image: str, tmp_path: Path) -> None:
    container = start(*podman, tmp_path, image)
    host = container.attrs["HostConfig"]
    assert container.attrs["Config"]["User"] == "10001:10001"
    assert (host["Memory"], host["NanoCpus"], host["ReadonlyRootfs"]) == (64 * 1024 * 1024, 250_000_000, True)
    assert host["CapDrop"]
    assert container.labels[LABEL] == podman[1]
    # The load balancer reaches the pod at this address.
    assert container.attrs["NetworkSettings"]["Networks"][podman[1]]["IPAddress"]


@pytest.mark.container("podman")
def test_clean_up_removes_the_pod_with_its_containers(
    podman: tuple[EngineInfo, str], image: str, tmp_path: Path
) -> None:
    engine, label = podman
    container = start(engine, label, tmp_path, image)
    assert remove_containers(engine, label) == [f"container {container.name}", f"pod {label}", f"network {label}"]
    assert remove_containers(engine, label) == []


@pytest.mark.container("podman")
def test_a_failed_pod_reports_the_reason_and_leaves_nothing(podman: tuple[EngineInfo, str], tmp_path: Path) -> None:
    engine, label = podman
    with pytest.raises(RuntimeError, match=r"podman kube play: .*127\.0\.0\.1:1"):
        start(engine, label, tmp_path, "127.0.0.1:1/missing:1")
    assert remove_containers(engine, label) == [f"network {label}"]
