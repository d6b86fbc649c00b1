"""The server as a real process on loopback, and connections to it."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil


class ServerProcess:
    """A running server; its log is complete when it has ended."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self._log = log
        self._process = psutil.Process(process.pid)

    def log(self) -> str:
        """Return what the server has written to both streams."""
        return self._log.read_text()

    def cpu_seconds(self) -> float:
        """Return the CPU time of the process."""
        times = self._process.cpu_times()
        return times.user + times.system

    def memory_mib(self) -> float:
        """Return the resident memory."""
        return self._process.memory_info().rss / 2**20

    def connect(self, timeout: float = 30) -> socket.socket:
        """Open a connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def send(self, data: bytes, *, ends: bool = True) -> bytes:
        """Send bytes on a new connection and return the first response, or what arrives until the server closes."""
        with self.connect() as connection:
            with contextlib.suppress(OSError):  # the server may close before everything is sent
                connection.sendall(data)
                if ends:
                    connection.shutdown(socket.SHUT_WR)
            return receive(connection)


def receive(connection: socket.socket) -> bytes:
    """Return the first response of a connection; empty if it is closed before."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while not _is_complete(received) and (data := connection.recv(65536)):
            received += data
    return received


def status(response: bytes) -> int:
    """Return the status of a response; 0 if there is none."""
    return int(response.split(b" ", 2)[1]) if response.startswith(b"HTTP/1.1 ") else 0


def _is_complete(received: bytes) -> bool:
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator:
        return False
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return not lengths or len(body) >= int(lengths[0])


@contextlib.contextmanager
def serving(aws_port: int, directory: Path, **environment: str) -> Iterator[ServerProcess]:
    """Start `python -m orders serve` with the endpoint of an emulated AWS, and end it afterwards."""
    port = free_port()
    path = directory / "server.log"
    with path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "orders", "serve"],
            env=environment_for(aws_port) | {"PORT": str(port)} | environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            server = ServerProcess(process, port, path)
            _wait_until_live(server)
            yield server
        finally:
            process.kill()
            process.wait()


def environment_for(aws_port: int) -> dict[str, str]:
    """Return the environment of a process of the service with an emulated AWS."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "OTEL_"))}
    return kept | {
        "TABLE_NAME": "orders",
        "API_TOKEN_SECRET_ARN": "token",
        "HOST": "127.0.0.1",
        "OTEL_SDK_DISABLED": "true",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws_port}",
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


def free_port() -> int:
    """Return a free port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_live(server: ServerProcess) -> None:
    while server.process.poll() is None:
        with contextlib.suppress(OSError):
            server.connect().close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server ended: {server.log()}")
