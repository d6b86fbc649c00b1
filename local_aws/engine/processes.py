"""An engine without containers: the commands of images, as processes with one loopback address each."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from local_aws.emulator.config import LABEL, ROLE_LABEL, STOP_TIMEOUT_LABEL, EmulatorConfig
from local_aws.engine import image_definition
from local_aws.engine.image_files import IMAGES, on_this_machine, write_files

# Subdirectory of a run's directory for one record and one log per process.
RECORDS = "processes"
# Environment variable that marks every process of a run.
RUN_VARIABLE = "LOCAL_AWS_RUN"
NETWORK = "processes"

_LAMBDA_PORT = 8080
_RUNTIME_API_PORT = 9001
_STOP_TIMEOUT_S = 30
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def is_supported() -> bool:
    """Whether this system has the loopback addresses that process mode needs; Linux has."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.77.0.1", 0))
        except OSError:
            return False
    return os.name == "posix"


def run_command(argv: Sequence[str], environment: Mapping[str, str], root: str = "") -> tuple[int, bytes]:
    """Run a command in the environment of a process; returns its exit code and output.

    Args:
        argv: Program and arguments, as in the image.
        environment: The complete environment.
        root: The directory with the files of the image. Default: none.
    """
    if root:
        argv = on_this_machine(argv, Path(root), environment["PATH"])
    # `env` searches the PATH of that environment; `subprocess` would search this process's PATH.
    command = ["/usr/bin/env", f"PATH={environment['PATH']}", *argv]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)  # noqa: S603
    return done.returncode, done.stdout + done.stderr


class ProcessEngine:
    """The Docker SDK's client, as far as MiniStack uses it, for processes."""

    def __init__(self, config: EmulatorConfig) -> None:
        self.images = _Images()
        self.containers = _Containers(config)

    def close(self) -> None:
        """Kill every process that is still running."""
        for process in self.containers.list():
            process.stop(timeout=0)


class _Image(NamedTuple):
    id: str

    @property
    def attrs(self) -> dict[str, Any]:
        return {}

    def tag(self, *_args: Any, **_options: Any) -> bool:
        return True


class _Images:
    """Every image exists: nothing is built or pulled."""

    def get(self, image: str) -> _Image:
        return _Image(image)

    def pull(self, image: str, **_options: Any) -> _Image:
        return _Image(image)

    def get_registry_data(self, image: str, **_options: Any) -> Any:
        raise LookupError(f"{image} was not built: no container engine")


class _Containers:
    def __init__(self, config: EmulatorConfig) -> None:
        self._config = config
        # Linux sends the parent-death signal when the *thread* that started the child ends: a process that a
        # short-lived thread starts would be killed immediately.
        self._spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="local-aws-spawner")
        self._all: dict[str, Process] = {}
        self._lock = threading.Lock()
        self._addresses = _free_addresses(config.port)
        (config.directory / RECORDS).mkdir(parents=True, exist_ok=True)

    def run(self, image: str, **options: Any) -> Process:
        found = image_definition.of_image(self._config.assembly, image)
        with self._lock:
            address = next(self._addresses)
        labels = options.get("labels", {}) | {LABEL: self._config.label}
        entry_point = tuple(options.get("entrypoint") or found.entry_point)
        command = tuple(options.get("command") or (() if options.get("entrypoint") else found.command))
        path = f"{self._config.service_bin}:{self._config.node_bin}:/usr/bin:/bin"
        with self._lock:
            root = write_files(found, self._config.directory / IMAGES / image.split("@")[0].rpartition(":")[2])
        argv = on_this_machine(entry_point + command, root, path)
        if labels.get("ministack") == "lambda":
            argv = self._with_runtime_interface_emulator(argv, address)
        own = {
            "PATH": path,
            # A container has an address of its own; a process must listen on the one that it is given.
            "HOST": address,
            RUN_VARIABLE: self._config.label,
        }
        definition = ProcessDefinition(
            name=options.get("name") or f"lambda-{uuid.uuid4().hex[:8]}",
            image=image,
            command=argv,
            environment=found.environment | options.get("environment", {}) | own,
            labels=labels,
            address=address,
            root=str(root),
            working_directory=str(root / found.working_directory.lstrip("/")),
        )
        process = Process(self._config.directory / RECORDS, definition, self._spawner)
        self._all[process.id] = process
        if self._config.remove_exited and labels.get(ROLE_LABEL) == "task":
            process.on_remove = lambda: self._all.pop(process.id, None)
        return process

    def get(self, name: str) -> Process:
        return self._all[name]

    def list(self, **_options: Any) -> list[Process]:
        return list(self._all.values())

    def _with_runtime_interface_emulator(self, argv: tuple[str, ...], address: str) -> tuple[str, ...]:
        return (
            str(self._config.runtime_interface_emulator),
            f"--runtime-interface-emulator-address={address}:{_LAMBDA_PORT}",
            f"--runtime-api-address={address}:{_RUNTIME_API_PORT}",
            *argv,
        )


def _free_addresses(port: int) -> Iterator[str]:
    """Unused loopback addresses; the emulator's port keeps concurrent runs apart."""
    for number in range(1, 256 * 250):
        address = f"127.{64 + port % 128}.{number // 250}.{number % 250 + 1}"
        with socket.socket() as probe:
            try:
                probe.bind((address, _LAMBDA_PORT))
            except OSError:
                continue
        yield address


@dataclass(frozen=True, kw_only=True)
class ProcessDefinition:
    """The command of a process.

    Attributes:
        name: the name that a container would have.
        image: the image that a container would come from.
        command: entry point and arguments.
        environment: the complete environment.
        labels: the labels that a container would have.
        address: the loopback address to listen on.
        root: the directory with the files that the image copies. Default: none.
        working_directory: the directory that it starts in, if it exists. Default: that of its log.
    """

    name: str
    image: str
    command: tuple[str, ...]
    environment: dict[str, str]
    labels: dict[str, str]
    address: str
    root: str = ""
    working_directory: str = ""


class Process:
    """A process with the interface of a container in the Docker SDK."""

    def __init__(self, records: Path, definition: ProcessDefinition, spawner: Executor) -> None:
        self.id = uuid.uuid4().hex
        self.labels = definition.labels
        self.ports: dict[str, Any] = {}
        self._definition = definition
        self._record, self._log = records / f"{self.id}.json", records / f"{self.id}.log"
        self.on_remove: Callable[[], object] | None = None
        self._removed = False
        self._writing = threading.Lock()
        self._read_bytes = 0
        self._popen = spawner.submit(_spawn, definition, self._log).result()
        self._write_record()
        threading.Thread(target=self._record_exit, daemon=True).start()

    @property
    def status(self) -> str:
        """Status as the engines report it: "running" or "exited"."""
        return "running" if self._popen.poll() is None else "exited"

    @property
    def attrs(self) -> dict[str, Any]:
        """The part of `docker inspect` that MiniStack reads."""
        return {"NetworkSettings": {"Networks": {NETWORK: {"IPAddress": self._definition.address}}}}

    def reload(self) -> None:
        """Do nothing: the state is always fresh."""

    def wait(self) -> dict[str, int]:
        """Wait for the exit; the exit code of a killed process is 128 plus the signal, as the engines report it."""
        return {"StatusCode": _exit_code(self._popen.wait())}

    def stop(self, timeout: float | None = None) -> None:
        """Send SIGTERM, and SIGKILL after the stop timeout."""
        timeout_s = float(self.labels.get(STOP_TIMEOUT_LABEL, _STOP_TIMEOUT_S)) if timeout is None or timeout > 0 else 0
        for end, wait_s in ((self._popen.terminate, timeout_s), (self._popen.kill, 5)):
            if self._popen.poll() is not None:
                return
            end()
            try:
                self._popen.wait(wait_s)
            except subprocess.TimeoutExpired:
                continue

    def remove(self, **_options: Any) -> None:
        """Keep the record, which the run's clean-up removes, unless exited tasks are to be removed."""
        if self.on_remove:
            self._popen.wait()
            self.on_remove()
            with self._writing:
                self._removed = True
                for path in (self._record, self._log):
                    path.unlink(missing_ok=True)

    def exec_run(self, command: list[str], **_options: Any) -> tuple[int, bytes]:
        """Run a command in the environment of the process."""
        return run_command(command, self._definition.environment, self._definition.root)

    def logs(
        self, *, stream: bool = False, since: float | None = None, tail: int | None = None, **_options: Any
    ) -> Any:
        """Output of the process; with `since`, output after the last such call; with `stream`, as it is written."""
        if stream:
            return self._follow()
        text = self._log.read_bytes()
        if since is not None:
            text, self._read_bytes = text[self._read_bytes :], len(text)
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

    def _record_exit(self) -> None:
        self._popen.wait()
        self._write_record()

    def _write_record(self) -> None:
        code = self._popen.returncode
        exit_code = None if code is None else _exit_code(code)
        record = asdict(self._definition) | {"pid": self._popen.pid, "exit_code": exit_code}
        with self._writing:
            if not self._removed:
                draft = self._record.with_suffix(".draft")
                draft.write_text(json.dumps(record))
                draft.replace(self._record)


def _exit_code(returned: int) -> int:
    return 128 - returned if returned < 0 else returned


def _spawn(definition: ProcessDefinition, log: Path) -> subprocess.Popen[bytes]:
    """Start a process that does not outlive this one, even when it is killed; its output goes to `log`."""
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603
            # `Popen` would search this process's PATH, not the child's.
            [
                shutil.which(definition.command[0], path=definition.environment["PATH"]) or definition.command[0],
                *definition.command[1:],
            ],
            env=definition.environment,
            cwd=definition.working_directory if Path(definition.working_directory).is_dir() else log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )


def _die_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
