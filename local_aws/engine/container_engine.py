"""Docker or Podman for the emulator process: images come from the emulator's registry, containers are kept."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import docker

from local_aws.emulator.config import FILE_LABEL, LABEL, LAUNCHER_LABEL, ROLE_LABEL, STOP_TIMEOUT_LABEL, EmulatorConfig
from local_aws.engine.launchers import launcher_for
from local_aws.engine.wrapper import Wrapper

_ECR = re.compile(r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/")
# The emulator polls every task ten times a second; the engine is polled less often.
_MAX_AGE_S = 0.3
_ECS_STOP_TIMEOUT_S = 30


class ContainerEngine:
    """A Docker SDK client that replaces ECR image names by names in the emulator's registry."""

    def __init__(self, config: EmulatorConfig) -> None:
        self._client = docker.DockerClient(base_url=config.engine_url, timeout=60)
        registry = f"127.0.0.1:{config.port}/"
        self.images = _Images(self._client.images, registry)
        self.containers = _Containers(self._client.containers, registry, config)

    def close(self) -> None:
        """Close the connection; the run's clean-up removes containers by label."""
        self._client.close()


class _Images:
    def __init__(self, images: Any, registry: str) -> None:
        self._images = images
        self._registry = registry

    def get(self, image: str) -> Any:
        return self._images.get(_local_name(image, self._registry))

    def pull(self, image: str, **options: Any) -> Any:
        return _Image(self._images.pull(_local_name(image, self._registry), **options), self._registry)

    def get_registry_data(self, image: str, **options: Any) -> Any:
        return self._images.get_registry_data(_local_name(image, self._registry), **options)


class _Image(Wrapper):
    def __init__(self, image: Any, registry: str) -> None:
        super().__init__(image)
        self._registry = registry

    def tag(self, repository: str, tag: str | None = None) -> bool:
        return bool(self._wrapped.tag(_local_name(repository, self._registry), tag=tag))


class _Containers:
    def __init__(self, containers: Any, registry: str, config: EmulatorConfig) -> None:
        self._containers = containers
        self._registry = registry
        self._config = config
        self._known: dict[str, KeptContainer] = {}

    def run(self, image: str, **options: Any) -> KeptContainer:
        options["network"] = self._config.network
        options["labels"] = options.get("labels", {}) | {LABEL: self._config.label}
        name, file = _local_name(image, self._registry), Path(options["labels"].get(FILE_LABEL, ""))
        launcher = launcher_for(file, self._config)
        if launcher is None:
            return self._keep(self._containers.run(name, **options))
        options["labels"][LAUNCHER_LABEL] = launcher.tool(self._config)
        return self._keep(self._containers.get(launcher.start(file, name, options, self._config)))

    def get(self, name: str) -> KeptContainer:
        return self._known.get(name) or self._keep(self._containers.get(name))

    def list(self, **options: Any) -> list[KeptContainer]:
        return [self._keep(container) for container in self._containers.list(**options)]

    def _keep(self, container: Any) -> KeptContainer:
        return self._known.setdefault(container.id, KeptContainer(container, self._removes(container)))

    def _removes(self, container: Any) -> bool:
        return self._config.remove_exited and container.labels.get(ROLE_LABEL) == "task"


class KeptContainer(Wrapper):
    """A container that outlives its task, so that its exit code and logs stay available."""

    def __init__(self, container: Any, is_removed: bool = False) -> None:
        super().__init__(container)
        self._is_removed = is_removed
        self._reloaded_at = 0.0

    def reload(self) -> None:
        """Reload the container's state, unless it is fresh."""
        if time.monotonic() - self._reloaded_at > _MAX_AGE_S:
            self._wrapped.reload()
            self._reloaded_at = time.monotonic()

    def stop(self, **_options: Any) -> None:
        """Stop the container with the stop timeout of its task definition."""
        timeout_s = int(self._wrapped.labels.get(STOP_TIMEOUT_LABEL, _ECS_STOP_TIMEOUT_S))
        self._wrapped.stop(timeout=timeout_s)
        self._reloaded_at = 0.0

    def remove(self, **options: Any) -> None:
        """Keep the container, which the run's clean-up removes, unless exited tasks are to be removed."""
        if self._is_removed:
            self._wrapped.remove(**options)


def _local_name(image: str, registry: str) -> str:
    return _ECR.sub(registry, image)
