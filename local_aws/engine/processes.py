"""An engine without containers: what an image would run, as processes with one loopback address each."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

from local_aws.emulator.config import LABEL, EmulatorConfig
from local_aws.engine import image_definition
from local_aws.engine.process import NETWORK, Process, Start
from local_aws.engine.spawner import Spawner

__all__ = ["NETWORK", "RECORDS", "RUN_VARIABLE", "ProcessEngine", "is_supported"]

RECORDS = "processes"
RUN_VARIABLE = "LOCAL_AWS_RUN"
_LAMBDA_PORT = 8080
_RUNTIME_API_PORT = 9001


class ProcessEngine:
    """The Docker SDK's client as far as MiniStack uses it, over processes."""

    def __init__(self, config: EmulatorConfig) -> None:
        self.images = _Images()
        self.containers = _Containers(config)

    def close(self) -> None:
        """Kill every process that still runs."""
        for container in self.containers.list():
            container.stop(timeout=0)


class _Images:
    """Every image is there: nothing is built and nothing is pulled."""

    def get(self, image: str) -> _Image:
        return _Image(image)

    def pull(self, image: str, **_options: Any) -> _Image:
        return _Image(image)

    def get_registry_data(self, image: str, **_options: Any) -> Any:
        raise LookupError(f"{image} was not built: no container engine")


class _Image(NamedTuple):
    id: str

    @property
    def attrs(self) -> dict[str, Any]:
        return {}

    def tag(self, *_args: Any, **_options: Any) -> bool:
        return True


class _Containers:
    def __init__(self, config: EmulatorConfig) -> None:
        self._config = config
        self._spawner = Spawner()
        self._all: dict[str, Process] = {}
        self._lock = threading.Lock()
        self._addresses = _addresses(config.port)
        (config.directory / RECORDS).mkdir(parents=True, exist_ok=True)

    def run(self, image: str, **options: Any) -> Process:
        definition = image_definition.of_image(self._config.assembly, image)
        with self._lock:
            address = next(self._addresses)
        labels = options.get("labels", {}) | {LABEL: self._config.label}
        entry_point = tuple(options.get("entrypoint") or definition.entry_point)
        command = tuple(options.get("command") or (() if options.get("entrypoint") else definition.command))
        argv = entry_point + command
        if labels.get("ministack") == "lambda":
            argv = self._under_runtime_interface_emulator(argv, address)
        environment = definition.environment | options.get("environment", {}) | self._own_environment(address)
        process = Process(
            self._config.directory / RECORDS,
            Start(image=image, argv=argv, environment=environment, labels=labels, address=address),
            options.get("name"),
        )
        process.start(self._spawner)
        self._all[process.id] = process
        return process

    def get(self, name: str) -> Process:
        return self._all[name]

    def list(self, **_options: Any) -> list[Process]:
        return list(self._all.values())

    def _own_environment(self, address: str) -> dict[str, str]:
        return {
            "PATH": f"{self._config.service_bin}:/usr/bin:/bin",
            # A container has an address of its own; a process listens on the one it is given.
            "HOST": address,
            RUN_VARIABLE: self._config.label,
        }

    def _under_runtime_interface_emulator(self, argv: tuple[str, ...], address: str) -> tuple[str, ...]:
        return (
            str(self._config.runtime_interface_emulator),
            f"--runtime-interface-emulator-address={address}:{_LAMBDA_PORT}",
            f"--runtime-api-address={address}:{_RUNTIME_API_PORT}",
            *argv,
        )


def _addresses(port: int) -> Iterator[str]:
    """Loopback addresses nobody listens on; the port keeps runs apart that go on side by side."""
    for number in range(1, 256 * 250):
        address = f"127.{64 + port % 128}.{number // 250}.{number % 250 + 1}"
        with socket.socket() as probe:
            try:
                probe.bind((address, _LAMBDA_PORT))
            except OSError:
                continue
        yield address


def is_supported() -> bool:
    """Whether this system has the loopback addresses that process mode needs (Linux has)."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.77.0.1", 0))
        except OSError:
            return False
    return os.name == "posix"
