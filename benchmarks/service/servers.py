"""Server processes, measured through /proc (Linux)."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Server:
    """A server process and its workers."""

    port: int
    pid: int
    startup_s: float

    def cpu_seconds(self) -> float:
        """Return the user and system CPU time of all processes and threads."""
        return sum(map(_cpu_seconds, self._pids()))

    def memory_mib(self) -> float:
        """Return the resident memory of all processes; shared pages count for each process."""
        return sum(_rss_kib(pid) for pid in self._pids()) / 1024

    def _pids(self) -> list[int]:
        return [self.pid, *_children(self.pid)]


@contextmanager
def uvicorn(app: str, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run an application of `candidates` on uvicorn with uvloop and httptools, as the service does."""
    factory = [] if app == "bare" else ["--factory"]
    options = [
        "--loop",
        "uvloop",
        "--http",
        "httptools",
        "--no-access-log",
        "--lifespan",
        "off",
        "--log-level",
        "error",
    ]
    with _server(
        ["-m", "uvicorn", f"benchmarks.service.candidates:{app}", *factory, *options], "--port", environment
    ) as s:
        yield s


@contextmanager
def granian(app: str, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run an application of `candidates` on granian with one worker."""
    options = ["--interface", "asgi", "--loop", "uvloop", "--workers", "1", "--log-level", "error", "--no-ws"]
    factory = [] if app == "bare" else ["--factory"]
    with _server(
        ["-m", "granian", f"benchmarks.service.candidates:{app}", *factory, *options], "--port", environment
    ) as s:
        yield s


@contextmanager
def _server(arguments: list[str], port_option: str, environment: Mapping[str, str] | None) -> Iterator[Server]:
    port = free_port()
    started_at = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, *arguments, port_option, str(port)],
        env={**os.environ, "OTEL_SDK_DISABLED": "true", **(environment or {})},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for_response(port, process)
        yield Server(port, process.pid, time.perf_counter() - started_at)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for_response(port: int, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", data=b"{}", timeout=5).close()
        except urllib.error.HTTPError:
            return  # an error is a response, too
        except OSError:
            time.sleep(0.005)
        else:
            return
    raise RuntimeError(f"the server ended with {process.returncode} before it responded")


def free_port() -> int:
    """Return a free local port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int) -> None:
    """Wait until a process listens on a port.

    Raises:
        TimeoutError: no process listens after 5 s.
    """
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise TimeoutError(f"no process listens on port {port} after 5 s")


def cpu_seconds_of_children(pid: int) -> float:
    """Return the CPU time of a process's running children."""
    return sum(map(_cpu_seconds, _children(pid)))


def _cpu_seconds(pid: int) -> float:
    # Per thread, in nanoseconds; /proc/PID/stat has ticks only.
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def _rss_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
