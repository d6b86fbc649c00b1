"""Docker or Podman as the emulator's services see it: our registry, our network, containers that stay."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import docker

from local_aws.emulator.config import FILE_LABEL, LABEL, LAUNCHER_LABEL, STOP_TIMEOUT_LABEL, EmulatorConfig
from local_aws.engine.launchers import launcher_for

_ECR = re.compile(r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/")
# The emulator asks ten times a second whether a task still runs; the engine need not be asked as often.
_FRESH_FOR_S = 0.3
_ECS_STOP_TIMEOUT_S = 30


class ContainerEngine:
    """A Docker SDK client with the emulator's registry in front of image names."""

    def __init__(self, config: EmulatorConfig) -> None:
        self._client = docker.DockerClient(base_url=config.engine_url, timeout=60)
        registry = f"127.0.0.1:{config.port}/"
        self.images = _Images(self._client, registry)
        self.containers = _Containers(self._client, registry, config)

    def close(self) -> None:
        """Close the connection; containers are removed with their run, by label."""
        self._client.close()


class _Images:
    def __init__(self, client: Any, registry: str) -> None:
        self._client = client
        self._registry = registry

    def get(self, image: str) -> Any:
        return self._client.images.get(_local(image, self._registry))

    def pull(self, image: str, **options: Any) -> Any:
        return _Image(self._client.images.pull(_local(image, self._registry), **options), self._registry)

    def get_registry_data(self, image: str, **options: Any) -> Any:
        return self._client.images.get_registry_data(_local(image, self._registry), **options)


class _Image:
    def __init__(self, image: Any, registry: str) -> None:
        self._image = image
        self._registry = registry

    def tag(self, repository: str, tag: str | None = None) -> bool:
        return bool(self._image.tag(_local(repository, self._registry), tag=tag))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._image, name)


class _Containers:
    def __init__(self, client: Any, registry: str, config: EmulatorConfig) -> None:
        self._client = client
        self._registry = registry
        self._config = config
        self._known: dict[str, KeptContainer] = {}

    def run(self, image: str, **options: Any) -> KeptContainer:
        options["network"] = self._config.network
        options["labels"] = options.get("labels", {}) | {LABEL: self._config.label}
        address, file = _local(image, self._registry), Path(options["labels"].get(FILE_LABEL, ""))
        launcher = launcher_for(file, self._config)
        if launcher is None:
            return self._keep(self._client.containers.run(address, **options))
        options["labels"][LAUNCHER_LABEL] = launcher.tool(self._config)
        return self._keep(self._client.containers.get(launcher.start(file, address, options, self._config)))

    def get(self, name: str) -> KeptContainer:
        return self._known.get(name) or self._keep(self._client.containers.get(name))

    def list(self, **options: Any) -> list[KeptContainer]:
        return [self._keep(container) for container in self._client.containers.list(**options)]

    def _keep(self, container: Any) -> KeptContainer:
        return self._known.setdefault(container.id, KeptContainer(container))


class KeptContainer:
    """A container that stays when its task ends, so that its exit code and output can still be asked for."""

    def __init__(self, container: Any) -> None:
        self._container = container
        self._asked_at = 0.0

    def reload(self) -> None:
        """Ask the engine for the container's state, unless it was asked a moment ago."""
        if time.monotonic() - self._asked_at > _FRESH_FOR_S:
            self._container.reload()
            self._asked_at = time.monotonic()

    def stop(self, **_options: Any) -> None:
        """Stop it with the grace period its task definition gives."""
        grace_s = int(self._container.labels.get(STOP_TIMEOUT_LABEL, _ECS_STOP_TIMEOUT_S))
        self._container.stop(timeout=grace_s)
        self._asked_at = 0.0

    def remove(self, **_options: Any) -> None:
        """Keep it: containers are removed with their run."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)


def _local(image: str, registry: str) -> str:
    return _ECR.sub(registry, image)
