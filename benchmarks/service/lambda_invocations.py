"""Invocations of Lambda handlers with the runtime interface emulator of the SAM CLI."""

import http.client
import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.service.load_generator import BODY
from benchmarks.service.servers import cpu_seconds_of_children, free_port, wait_for_port

_INVOKE = "/2015-03-31/functions/function/invocations"

EVENT = {
    "version": "2.0",
    "rawPath": "/orders",
    "rawQueryString": "",
    "headers": {"authorization": "Bearer sesame", "content-type": "application/json", "host": "orders"},
    "requestContext": {
        "http": {"method": "POST", "path": "/orders", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"},
    },
    "body": BODY.decode(),
    "isBase64Encoded": False,
}


@dataclass(frozen=True)
class Invocations:
    """Duration of the first invocation, which starts the runtime, and of later ones."""

    cold_ms: float
    cold_cpu_ms: float
    warm_ms: float  # median
    warm_cpu_ms: float  # mean


def invoke(handler: str, warm: int, environment: Mapping[str, str] | None = None) -> Invocations:
    """Invoke a handler with a cold start, then repeatedly.

    Raises:
        RuntimeError: a response was not 2xx.
    """
    event = json.dumps(EVENT)
    with _emulator(handler, environment or {}) as (port, pid):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        cold_ms = _timed(connection, event)
        cold_cpu_s = cpu_seconds_of_children(pid)
        warm_ms = sorted(_timed(connection, event) for _ in range(warm))
        warm_cpu_s = cpu_seconds_of_children(pid) - cold_cpu_s
    return Invocations(cold_ms, cold_cpu_s * 1000, warm_ms[warm // 2], warm_cpu_s * 1000 / warm)


def _timed(connection: http.client.HTTPConnection, event: str) -> float:
    started_at = time.perf_counter()
    connection.request("POST", _INVOKE, event)
    response = connection.getresponse().read()
    milliseconds = (time.perf_counter() - started_at) * 1000
    if json.loads(response).get("statusCode", 500) >= 300:
        raise RuntimeError(f"the response is {response[:500]!r}")
    return milliseconds


@contextmanager
def _emulator(handler: str, environment: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    port, api_port = free_port(), free_port()
    addresses = ["--runtime-interface-emulator-address", f"127.0.0.1:{port}"]
    addresses += ["--runtime-api-address", f"127.0.0.1:{api_port}", "--log-level", "error"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [str(_binary()), *addresses, sys.executable, "-m", "awslambdaric", handler],
        env={**os.environ, "OTEL_SDK_DISABLED": "true", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=10)


def _binary() -> Path:
    spec = importlib.util.find_spec("samcli")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the runtime interface emulator is missing: install the dependency group `benchmark`")
    architecture = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    return Path(spec.submodule_search_locations[0]) / f"local/rapid/aws-lambda-rie-{architecture}"
