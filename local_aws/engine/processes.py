"""An engine without containers: runs what an image would run as processes of this machine, one loopback address each."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from local_aws.emulator.config import LABEL, STOP_TIMEOUT_LABEL, EmulatorConfig
from local_aws.engine import image_definition
from local_aws.engine.spawner import Spawner

NETWORK = "processes"
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
            self._config.directory / RECORDS, image, argv, environment, labels, address, options.get("name")
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


class Process:
    """A process with the face of a container of the Docker SDK."""

    def __init__(
        self,
        records: Path,
        image: str,
        argv: tuple[str, ...],
        environment: dict[str, str],
        labels: dict[str, str],
        address: str,
        name: str | None,
    ) -> None:
        self.id = uuid.uuid4().hex
        self.labels = labels
        self.ports: dict[str, Any] = {}
        self._image, self._argv, self._environment, self._address = image, argv, environment, address
        self._name = name or f"lambda-{self.id[:8]}"
        self._record, self._log = records / f"{self.id}.json", records / f"{self.id}.log"
        self._told = 0
        self._popen: subprocess.Popen[bytes]

    def start(self, spawner: Spawner) -> None:
        """Start it, and write down when it ends and how."""
        self._popen = spawner.start(list(self._argv), self._environment, self._log)
        self._write_down()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def status(self) -> str:
        """ "running" or "exited"."""
        return "running" if self._popen.poll() is None else "exited"

    @property
    def attrs(self) -> dict[str, Any]:
        """The part of `docker inspect` that MiniStack reads."""
        return {"NetworkSettings": {"Networks": {NETWORK: {"IPAddress": self._address}}}}

    def reload(self) -> None:
        """Nothing to do: the state is always fresh."""

    def wait(self) -> dict[str, int]:
        """Wait for its end; the exit code of a killed process is 128 plus the signal, as the engines say it."""
        return {"StatusCode": _exit_code(self._popen.wait())}

    def stop(self, timeout: float | None = None) -> None:
        """SIGTERM, and SIGKILL when the grace period is over."""
        grace_s = float(self.labels.get(STOP_TIMEOUT_LABEL, 30)) if timeout is None or timeout > 0 else 0
        for kill, patience_s in ((self._popen.terminate, grace_s), (self._popen.kill, 5)):
            if self._popen.poll() is not None:
                return
            kill()
            try:
                self._popen.wait(patience_s)
            except subprocess.TimeoutExpired:
                continue

    def remove(self, **_options: Any) -> None:
        """Keep its record: records are removed with their run."""

    def exec_run(self, command: list[str], **_options: Any) -> tuple[int, bytes]:
        """Run a command beside the process, in its environment."""
        # `env` looks the program up in the PATH of the process, not in ours.
        argv = ["/usr/bin/env", f"PATH={self._environment['PATH']}", *command]
        done = subprocess.run(argv, env=self._environment, capture_output=True, check=False)  # noqa: S603
        return done.returncode, done.stdout + done.stderr

    def logs(
        self, *, stream: bool = False, since: float | None = None, tail: int | None = None, **_options: Any
    ) -> Any:
        """What it wrote; with `since` what it wrote after the last such call, with `stream` as it comes."""
        if stream:
            return self._follow()
        text = self._log.read_bytes()
        if since is not None:
            text, self._told = text[self._told :], len(text)
        return b"\n".join(text.splitlines()[-tail:]) if tail else text

    def _follow(self) -> Iterator[bytes]:
        with self._log.open("rb") as file:
            while True:
                running = self.status == "running"
                chunk = file.read()
                if chunk:
                    yield chunk
                elif not running:
                    return
                else:
                    time.sleep(0.2)

    def _watch(self) -> None:
        self._popen.wait()
        self._write_down()

    def _write_down(self) -> None:
        code = self._popen.returncode
        record = {
            "name": self._name,
            "pid": self._popen.pid,
            "image": self._image,
            "command": self._argv,
            "labels": self.labels,
            "address": self._address,
            "environment": self._environment,
            "exit_code": None if code is None else _exit_code(code),
        }
        draft = self._record.with_suffix(".draft")
        draft.write_text(json.dumps(record))
        draft.replace(self._record)


def _exit_code(returned: int) -> int:
    return 128 - returned if returned < 0 else returned


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
