"""`podman kube play` starts a pod from its manifest, over Podman's own API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import docker

from local_aws.emulator.config import EmulatorConfig

_LIBPOD = "/v4.0.0/libpod"


class KubePlay:
    """Podman creates the pod with the user, root file system, capabilities and limits in the manifest.

    It has no scheduler, service accounts or readiness. Its probes would need curl in the image: the emulator runs them.
    """

    def tool(self, config: EmulatorConfig) -> str:
        """See `Launcher`. Pods in a virtual machine would be unreachable: they have no port on this machine."""
        return _version(config.engine_url) if config.engine == "podman" and not config.publish else ""

    def start(self, file: Path, image: str, options: Mapping[str, Any], config: EmulatorConfig) -> str:
        """See `Launcher`."""
        pod = adapt(json.loads(file.read_text()), image, options)
        query = {"network": options["network"], "logDriver": "k8s-file"}
        with closing(docker.APIClient(base_url=config.engine_url, timeout=60)) as api:
            response = api.post(f"{api.base_url}{_LIBPOD}/play/kube", params=query, data=json.dumps(pod))
            if not response.ok:
                # Podman does not remove what it created before the failure.
                api.delete(f"{api.base_url}{_LIBPOD}/pods/{options['name']}", params={"force": "true"})
                raise RuntimeError(f"podman kube play: {response.json().get('message', response.text)}")
        return f"{options['name']}-{pod['spec']['containers'][0]['name']}"


def adapt(pod: dict[str, Any], image: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Set the run's image, names, labels and environment; ECS replaces pods that exit, so Podman must not restart."""
    [container] = pod["spec"]["containers"]
    kept = {key: value for key, value in container.items() if key != "ports" and not key.endswith("Probe")}
    kept["image"] = image
    kept["env"] = [{"name": name, "value": value} for name, value in options["environment"].items()]
    spec = {**pod["spec"], "containers": [kept], "restartPolicy": "Never"}
    labels = {**pod["metadata"].get("labels", {}), **options["labels"]}
    return {**pod, "metadata": {"name": options["name"], "labels": labels}, "spec": spec}


@cache
def _version(url: str) -> str:
    with closing(docker.APIClient(base_url=url, timeout=60)) as api:
        return f"podman kube play {api.version()['Version']}"
