"""A process with the face of a container of the Docker SDK."""

from __future__ import annotations

import json
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_aws.emulator.config import STOP_TIMEOUT_LABEL
from local_aws.engine.spawner import Spawner

NETWORK = "processes"
_STOP_TIMEOUT_S = 30


@dataclass(frozen=True, kw_only=True)
class Start:
    """What is started.

    Attributes:
        image: the image it would come from.
        argv: entry point and command.
        environment: all of its environment.
        labels: what the engines would label it with.
        address: the loopback address it is to listen on.
    """

    image: str
    argv: tuple[str, ...]
    environment: dict[str, str]
    labels: dict[str, str]
    address: str


class Process:
    """A process with the face of a container of the Docker SDK."""

    def __init__(self, records: Path, start: Start, name: str | None) -> None:
        self.id = uuid.uuid4().hex
        self.labels = start.labels
        self.ports: dict[str, Any] = {}
        self._start = start
        self._name = name or f"lambda-{self.id[:8]}"
        self._record, self._log = records / f"{self.id}.json", records / f"{self.id}.log"
        self._told = 0
        self._popen: subprocess.Popen[bytes]

    def start(self, spawner: Spawner) -> None:
        """Start it, and write down when it ends and how."""
        self._popen = spawner.start(list(self._start.argv), self._start.environment, self._log)
        self._write_down()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def status(self) -> str:
        """Whether it runs, in the engines' words: "running" or "exited"."""
        return "running" if self._popen.poll() is None else "exited"

    @property
    def attrs(self) -> dict[str, Any]:
        """The part of `docker inspect` that MiniStack reads."""
        return {"NetworkSettings": {"Networks": {NETWORK: {"IPAddress": self._start.address}}}}

    def reload(self) -> None:
        """Nothing to do: the state is always fresh."""

    def wait(self) -> dict[str, int]:
        """Wait for its end; the exit code of a killed process is 128 plus the signal, as the engines say it."""
        return {"StatusCode": _exit_code(self._popen.wait())}

    def stop(self, timeout: float | None = None) -> None:
        """SIGTERM, and SIGKILL when the grace period is over."""
        grace_s = float(self.labels.get(STOP_TIMEOUT_LABEL, _STOP_TIMEOUT_S)) if timeout is None or timeout > 0 else 0
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
        argv = ["/usr/bin/env", f"PATH={self._start.environment['PATH']}", *command]
        done = subprocess.run(argv, env=self._start.environment, capture_output=True, check=False)  # noqa: S603
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
            "image": self._start.image,
            "command": self._start.argv,
            "labels": self.labels,
            "address": self._start.address,
            "environment": self._start.environment,
            "exit_code": None if code is None else _exit_code(code),
        }
        draft = self._record.with_suffix(".draft")
        draft.write_text(json.dumps(record))
        draft.replace(self._record)


def _exit_code(returned: int) -> int:
    return 128 - returned if returned < 0 else returned
