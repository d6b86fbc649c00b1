"""The image: small, without build files, unprivileged and reproducible."""

import http.client
import json
import os
import platform
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.sample_service.fake_aws import fake_aws

pytestmark = pytest.mark.container

CONTEXT = Path(__file__).parents[2] / "sample_service"
ENVIRONMENT = {
    "TABLE_NAME": "orders",
    "API_TOKEN_SECRET_ARN": "token",
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "OTEL_SDK_DISABLED": "true",
}
LIVEZ_EVENT = {
    "version": "2.0",
    "rawPath": "/livez",
    "rawQueryString": "",
    "headers": {"host": "orders"},
    "requestContext": {"http": {"method": "GET", "path": "/livez", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"}},
    "isBase64Encoded": False,
}


@pytest.fixture(scope="session")
def image() -> Iterator[str]:
    yield from _built("docker")


@pytest.fixture
def container(image) -> Iterator[str]:
    """The service in a container with a read-only root and the host network."""
    name, port = f"orders-test-{uuid.uuid4().hex[:8]}", _free_port()
    with fake_aws() as aws:
        environment = ENVIRONMENT | {
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws.server_port}",
        }
        variables = [f"--env={name}={value}" for name, value in environment.items()]
        _run(
            "docker",
            "run",
            "--detach",
            "--name",
            name,
            "--network=host",
            "--read-only",
            "--cap-drop=ALL",
            *variables,
            image,
        )
        yield name
        subprocess.run(["docker", "rm", "--force", name], capture_output=True)


def test_it_runs_as_its_own_user_with_a_read_only_root(container):
    assert _exec(container, "id") == "uid=10001(orders) gid=10001(orders) groups=10001(orders)"
    refused = subprocess.run(
        ["docker", "exec", container, "python", "-c", "open('/app/x', 'w')"], capture_output=True, text=True
    )
    assert "Read-only file system" in refused.stderr


def test_the_health_check_of_the_image_passes(container):
    for _ in range(50):
        if subprocess.run(["docker", "exec", container, "python", "-m", "orders", "healthcheck"]).returncode == 0:
            break
        time.sleep(0.1)
    else:
        pytest.fail(_run("docker", "logs", container))


def test_it_exits_with_0_soon_after_sigterm(container):
    time.sleep(1)
    begun = time.monotonic()
    _run("docker", "stop", "--time", "20", container)

    assert _run("docker", "inspect", "--format", "{{.State.ExitCode}}", container) == "0"
    assert time.monotonic() - begun < 5


def test_no_build_files_remain(image):
    ours = _in_image(image, "find", "/app", "-name", "pip", "-o", "-name", "pip-*", "-o", "-name", "setuptools")
    tools = _in_image(image, "sh", "-c", "command -v gcc cc make uv curl || true")

    assert (ours, tools) == ("", "")


def test_byte_code_exists_and_is_not_checked_against_its_source(image):
    script = (
        "import orders.order_service, importlib.util as u, struct, sys; "
        "data = open(orders.order_service.__cached__, 'rb').read(); print(struct.unpack('<I', data[4:8])[0])"
    )

    assert _in_image(image, "python", "-c", script) == "1", "hash-based, unchecked (PEP 552)"


def test_the_commands_exist(image):
    usage = subprocess.run(["docker", "run", "--rm", image, "nonsense"], capture_output=True, text=True)

    assert usage.returncode == 2
    assert "serve | lambda <module.handler> | fulfil | worker | report | healthcheck" in usage.stderr


def test_it_runs_as_a_lambda_function(image):
    """With the runtime interface emulator at the path that the image checks."""
    name, port = f"orders-test-{uuid.uuid4().hex[:8]}", _free_port()
    emulator = _runtime_interface_emulator()
    variables = [f"--env={name}={value}" for name, value in ENVIRONMENT.items()]
    options = [
        "--read-only",
        f"--volume={emulator}:/usr/local/bin/aws-lambda-rie:ro",
        f"--publish=127.0.0.1:{port}:8080",
    ]
    _run(
        "docker", "run", "--detach", "--name", name, *options, *variables, image, "lambda", "orders.lambda_http.handler"
    )
    try:
        response = _invoke(port, LIVEZ_EVENT)
    finally:
        subprocess.run(["docker", "rm", "--force", name], capture_output=True)

    assert (response["statusCode"], response["body"]) == (200, '{"status":"live"}')


def test_it_adds_less_than_60_mib_to_its_base(image):
    base = os.environ.get("BASE_IMAGE") or _default_base()
    sizes = [int(_run("docker", "inspect", "--format", "{{.Size}}", name)) for name in (image, base)]

    assert (sizes[0] - sizes[1]) / 2**20 < 60


def test_its_entry_point_and_command_are_declared(image):
    config = json.loads(_run("docker", "inspect", image))[0]["Config"]

    assert config["Entrypoint"] == ["python", "-m", "orders"]
    assert config["Cmd"] == ["serve"]
    assert config["User"] == "10001:10001"
    assert config["WorkingDir"] == "/app"
    assert "8080/tcp" in config["ExposedPorts"]


def test_a_rebuild_has_the_same_layers(image):
    """The image IDs differ: Docker's own builder records the build time."""
    for again in _built("docker", "--no-cache"):
        assert _layers(again) == _layers(image)


@pytest.mark.container("podman")
def test_a_rebuild_has_the_same_id():
    """Podman and buildah can omit the build time."""
    reproducibly = ("--timestamp=0", "--no-cache")
    for first in _built("podman", *reproducibly):
        for again in _built("podman", *reproducibly):
            ids = {_run("podman", "inspect", "--format", "{{.Id}}", image) for image in (first, again)}
            assert len(ids) == 1


@pytest.mark.container("buildah")
def test_buildah_builds_it():
    for image in _built("buildah", "--timestamp=0"):
        config = json.loads(_run("buildah", "inspect", "--type=image", image))["OCIv1"]["config"]
        assert (config["User"], config["Entrypoint"]) == ("10001:10001", ["python", "-m", "orders"])


def _runtime_interface_emulator() -> Path:
    """Part of the SAM CLI in the emulator's environment (`uv sync --only-group emulator`)."""
    architecture = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    name = f"aws-lambda-rie-{architecture}"
    found = sorted(CONTEXT.parent.glob(f".venv-*/lib/python*/site-packages/samcli/local/rapid/{name}"))
    assert found, f"{name} is missing: set up the emulator's environment first"
    return found[0]


def _invoke(port: int, event: dict[str, object]) -> dict[str, object]:
    for _ in range(50):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("POST", "/2015-03-31/functions/function/invocations", json.dumps(event))
            return json.loads(connection.getresponse().read())
        except OSError:
            time.sleep(0.1)
    pytest.fail("the runtime interface emulator did not come up")


def _built(engine: str, *options: str) -> Iterator[str]:
    tag = f"orders-test:{uuid.uuid4().hex[:8]}"
    arguments = [f"--build-arg=BASE_IMAGE={os.environ['BASE_IMAGE']}"] if "BASE_IMAGE" in os.environ else []
    _run(engine, "build", "--quiet", "--tag", tag, *options, *arguments, str(CONTEXT))
    yield tag
    subprocess.run([engine, "rmi", "--force", tag], capture_output=True)


def _layers(image: str) -> list[str]:
    return json.loads(_run("docker", "inspect", image))[0]["RootFS"]["Layers"]


def _in_image(image: str, *command: str) -> str:
    return _run("docker", "run", "--rm", f"--entrypoint={command[0]}", image, *command[1:])


def _exec(container: str, *command: str) -> str:
    return _run("docker", "exec", container, *command)


def _run(*command: str) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "DOCKER_BUILDKIT": "0"})
    assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout.strip()


def _default_base() -> str:
    line = next(
        line for line in (CONTEXT / "Dockerfile").read_text().splitlines() if line.startswith("ARG BASE_IMAGE=")
    )
    return line.removeprefix("ARG BASE_IMAGE=")


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
