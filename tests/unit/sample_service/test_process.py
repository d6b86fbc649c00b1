"""The commands as real processes: errors, serving, draining on SIGTERM, and health checks."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from tests.unit.sample_service.conftest import body
from tests.unit.sample_service.fake_aws import fake_aws


def test_an_unknown_command_prints_the_usage():
    ended = _run("nonsense")

    assert ended.returncode == 2
    assert "serve | lambda <module.handler> | fulfil | worker | report | healthcheck" in ended.stderr


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"TABLE_NAME": ""}, "cannot start: TABLE_NAME is not set: it names the DynamoDB table"),
        ({"PORT": "http"}, "cannot start: PORT is 'http': it must be a whole number from 1 to 65535"),
        ({"LOG_LEVEL": "loud"}, "cannot start: LOG_LEVEL is 'loud': it must be one of DEBUG, INFO"),
    ],
)
def test_an_invalid_environment_is_reported_in_one_line(environment, message):
    ended = _run("serve", **environment)

    assert ended.returncode == 1
    assert ended.stderr.startswith(message)
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("module", ["fulfil_task", "workflow", "reconciler", "dependencies"])
def test_steps_of_the_workflow_import_no_http_framework(module):
    """It would be half of the CPU time of a task's start."""
    script = f"import orders.{module}, sys; print(*sys.modules)"
    imported = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"falcon", "uvicorn", "mangum"} & set(imported)


def test_the_health_check_reflects_the_server():
    port = _free_port()
    assert _run("healthcheck", PORT=str(port)).returncode == 1
    with fake_aws() as aws, _serving(aws.server_port, port):
        assert _run("healthcheck", PORT=str(port)).returncode == 0
        assert _run("healthcheck", "/readyz", PORT=str(port)).returncode == 0
        assert _run("healthcheck", "/orders", PORT=str(port)).returncode == 1


def test_sigterm_drains_requests_rejects_new_ones_and_exits_with_0():
    port, responses = _free_port(), []
    with fake_aws(table_takes_seconds=0.8) as aws, _serving(aws.server_port, port) as server:
        client = threading.Thread(target=lambda: responses.append(_place(port)))
        client.start()
        assert aws.waiting.wait(5)
        server.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1)
        client.join(5)
        output, _ = server.communicate(timeout=5)

    assert responses == [201]
    assert server.returncode == 0
    assert all(json.loads(line)["level"] == "INFO" for line in output.splitlines())


@pytest.mark.parametrize("seconds", [0.08, 0.11, 0.14, 0.17, 0.25, 0.4])
def test_sigterm_stops_a_server_during_its_start(seconds):
    with _starting() as server:
        time.sleep(seconds)
        server.send_signal(signal.SIGTERM)

        # Python handles the signal until the first line of the service runs.
        assert server.wait(5) in (0, -signal.SIGTERM)


@pytest.mark.parametrize("module", ["uvicorn", "uvloop"])
def test_sigterm_stops_a_server_during_its_imports(module, tmp_path):
    """Early and late in the start, independent of the computer's speed."""
    (tmp_path / f"{module}.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(20)\n")
    with _starting(PYTHONPATH=f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}") as server:
        assert server.stdout.readline() == "importing\n"
        server.send_signal(signal.SIGTERM)

        assert server.wait(5) == 0


def test_a_large_body_without_content_length_is_too_large():
    port = _free_port()
    with fake_aws() as aws, _serving(aws.server_port, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        headers = {"Authorization": "Bearer sesame", "Content-Type": "application/json", "Transfer-Encoding": "chunked"}
        connection.request("POST", "/orders", iter([b"[" * 1024] * 65), headers, encode_chunked=True)
        status = connection.getresponse().status
        connection.close()

    assert status == 413


def test_an_unreachable_collector_delays_neither_requests_nor_the_exit():
    port = _free_port()
    tracing = {"OTEL_SDK_DISABLED": "false", "OTEL_TRACES_SAMPLER": "always_on", "OTEL_PROPAGATORS": "xray"}
    with fake_aws() as aws, socket.create_server(("127.0.0.1", 0)) as silent:
        tracing["AWS_ENDPOINT_URL_XRAY"] = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with _serving(aws.server_port, port, **tracing) as server:
            _place(port)
            begun = time.monotonic()
            assert [_place(port) for _ in range(20)] == [201] * 20
            assert time.monotonic() - begun < 20
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=5)
    assert server.returncode == 0


def test_the_server_does_not_import_modules_of_other_commands():
    """Packages of other commands and of the export are not imported by the server."""
    script = "import orders.serve, sys; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    assert not {"mangum", "awslambdaric", "requests", "google.protobuf", "opentelemetry.sdk"} & set(modules)


def _environment(changes: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "OTEL_"))}
    fixed = {
        "TABLE_NAME": "orders",
        "API_TOKEN_SECRET_ARN": "token",
        "HOST": "127.0.0.1",
        "OTEL_SDK_DISABLED": "true",
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    return kept | fixed | changes


def _run(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    arguments = [sys.executable, "-m", "orders", *command]
    return subprocess.run(arguments, env=_environment(environment), capture_output=True, text=True, timeout=20)


@contextlib.contextmanager
def _starting(**environment: str) -> Iterator["subprocess.Popen[str]"]:
    environment = {"PORT": str(_free_port())} | environment
    arguments = [sys.executable, "-m", "orders", "serve"]
    server = subprocess.Popen(arguments, env=_environment(environment), stdout=subprocess.PIPE, text=True)
    try:
        yield server
    finally:
        server.kill()
        server.communicate(timeout=5)


@contextlib.contextmanager
def _serving(aws_port: int, port: int, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    environment |= {"PORT": str(port), "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws_port}"}
    with _starting(**environment) as server:
        _wait_until_live(port)
        yield server


def _wait_until_live(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.05)
    raise TimeoutError("the server did not come up")


def _place(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Authorization": "Bearer sesame", "Content-Type": "application/json"}
    connection.request("POST", "/orders", json.dumps(body()), headers)
    status = connection.getresponse().status
    connection.close()
    return status


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_health_check_loads_few_modules_because_it_runs_every_ten_seconds() -> None:
    script = "import sys; from orders.__main__ import main; main(['healthcheck']); print(*sorted(sys.modules))"
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={"PORT": "1"}
    )
    loaded = set(ended.stdout.split())
    assert "orders.healthcheck" in loaded
    assert not loaded & {"http.client", "ssl", "json", "encodings.idna", "orders.settings", "signal"}
