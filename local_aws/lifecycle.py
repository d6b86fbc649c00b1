"""Start, find, stop and clean up the local environment."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import httpx

from deployment.cdk import CDK_HOME, NODE
from deployment.environment import without_aws_settings
from deployment.errors import ActionableError, EnvironmentLost
from deployment.paths import DEFAULT_DIRECTORY, REPOSITORY
from local_aws import cleanup
from local_aws.containers import LocalContainers
from local_aws.emulator.config import GENERATED, KEPT_STATE, READY_PATH, SPANS_FILE, EmulatorConfig
from local_aws.emulator.sockets import bind
from local_aws.engine import network
from local_aws.engine.detect import detect, runtime_interface_emulator_name
from local_aws.engine.image_files import IMAGES
from local_aws.engine.processes import RECORDS, RUN_VARIABLE
from local_aws.environment import (
    DOCKER_CONFIG,
    STATE_FILE,
    EngineInfo,
    LocalEnvironment,
    Settings,
    label_of,
    read,
)

CONFIG = "emulator.json"
EMULATOR_LOG = "emulator.log"
EMULATOR_PYTHON = REPOSITORY / ".venv-emulator" / "bin" / "python"
_SERVICE_BIN = REPOSITORY / ".venv-service" / "bin"
_QUIET_TIMEOUT_S = 60.0  # a starting emulator that logs nothing for a minute hangs
_PORT_ATTEMPTS = 20


def start(settings: Settings | None = None) -> LocalEnvironment:
    """Clean up after an earlier run, then start the emulator and connect it to the container engine.

    Args:
        settings: Settings of the environment. Default: all defaults.

    Raises:
        ActionableError: a port is in use, a tool is missing, the engine does not respond, or the disk is full.
    """
    settings = settings or Settings()
    clean(settings.directory)
    engine = detect(settings.engine)
    _require_tools()
    label = label_of(settings.directory)
    # A run that was killed before it wrote its state file left only its label.
    cleanup.remove_run(engine, label)
    try:
        environment, process = _launch(settings, engine, label)
    except BaseException as error:
        cleanup.remove_run(engine, label)
        if isinstance(error, OSError):
            fix = "free some disk space, or use another --directory"
            raise ActionableError(f"{settings.directory} cannot be written", str(error), fix) from error
        raise
    wait_until_ready(environment, process)
    return _with_containers(environment)


def load(directory: Path = DEFAULT_DIRECTORY) -> LocalEnvironment | None:
    """Return the running environment, or None."""
    environment = read(directory)
    if environment and cleanup.is_running(environment.emulator_pid, environment.emulator_started):
        return _with_containers(environment)
    return None


def stop(environment: LocalEnvironment) -> list[str]:
    """Stop the environment and remove everything but results and logs; return one line for each removed thing.

    Raises:
        ActionableError: the container engine does not respond any more.
    """
    emulator = (environment.emulator_pid, environment.emulator_started)
    removed = cleanup.remove_processes(environment.label, emulator)
    if environment.engine.has_containers:
        registry = f"127.0.0.1:{environment.port}"
        removed += cleanup.remove_containers(environment.engine, environment.label, registry)
    return removed + _remove_files(environment.directory)


def clean(directory: Path = DEFAULT_DIRECTORY) -> list[str]:
    """Remove what a killed run left behind; return one line for each removed thing.

    The containers of an engine that does not respond are removed by the next start that reaches the engine.
    """
    environment = read(directory)
    if environment is None:
        return cleanup.remove_processes(label_of(directory), None)
    try:
        return stop(environment)
    except ActionableError as error:
        return [f"nothing in {environment.engine.kind}: {error.cause}", *_remove_files(directory)]


def _with_containers(environment: LocalEnvironment) -> LocalEnvironment:
    return replace(environment, containers=LocalContainers(environment))


def _launch(settings: Settings, engine: EngineInfo, label: str) -> tuple[LocalEnvironment, subprocess.Popen[bytes]]:
    """Start the emulator's process, and write the state file.

    Raises:
        OSError: a file cannot be written.
    """
    directory = settings.directory
    directory.mkdir(parents=True, exist_ok=True)
    net = network.create(engine, label)
    port = _free_port(net.addresses, settings.port)
    config = EmulatorConfig(
        port=port,
        bind=net.addresses,
        container_endpoint=f"http://{net.host}:{port}",
        engine=engine.kind,
        engine_url=engine.url,
        network=net.name,
        publish=engine.desktop,
        label=label,
        directory=directory.resolve(),
        assembly=settings.assembly.resolve(),
        service_bin=_SERVICE_BIN,
        node_bin=NODE.parent,
        runtime_interface_emulator=_runtime_interface_emulator(),
        account=settings.account,
        region=settings.region,
        remove_exited=settings.remove_exited,
        leave_out=settings.leave_out,
    )
    (directory / CONFIG).write_text(config.to_json())
    (directory / EMULATOR_LOG).unlink(missing_ok=True)
    process = start_process(directory, label)
    environment = LocalEnvironment(
        endpoint=f"http://127.0.0.1:{port}",
        container_endpoint=config.container_endpoint,
        engine=engine,
        emulator_pid=process.pid,
        emulator_started=cleanup.started_at(process.pid),
        label=label,
        directory=directory,
        assembly=settings.assembly,
        region=settings.region,
        account=settings.account,
    )
    environment.save()
    return environment, process


def start_process(directory: Path, label: str) -> subprocess.Popen[bytes]:
    """Start the emulator that the configuration in the directory describes; its output is added to its log."""
    with (directory / EMULATOR_LOG).open("ab") as log:
        return subprocess.Popen(  # noqa: S603
            [str(EMULATOR_PYTHON), "-m", "local_aws.emulator", str((directory / CONFIG).resolve())],
            cwd=REPOSITORY,
            env=without_aws_settings() | {RUN_VARIABLE: label, "PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal must reach the run only, which then stops the emulator in order.
            start_new_session=True,
        )


def wait_until_ready(environment: LocalEnvironment, process: subprocess.Popen[bytes]) -> None:
    """Wait until the emulator serves requests, as long as its log grows.

    Raises:
        EnvironmentLost: it does not start; everything is stopped then.
    """
    log = environment.directory / EMULATOR_LOG
    size, grown = -1, time.monotonic()
    while process.poll() is None:
        if log.stat().st_size != size:
            size, grown = log.stat().st_size, time.monotonic()
        elif time.monotonic() - grown > _QUIET_TIMEOUT_S:
            break
        try:
            if httpx.get(f"{environment.endpoint}{READY_PATH}", timeout=1).text == environment.label:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["its log is empty"]
    stop(environment)
    raise EnvironmentLost("the emulator did not start", last[0], f"see {log}")


def _require_tools() -> None:
    for tool in (EMULATOR_PYTHON, _SERVICE_BIN / "python"):
        if not tool.exists():
            name = tool.relative_to(REPOSITORY) if tool.is_relative_to(REPOSITORY) else tool
            raise ActionableError(f"{name} is missing", "the set-up is incomplete", "make setup")


def _runtime_interface_emulator() -> Path:
    name = runtime_interface_emulator_name()
    found = sorted((REPOSITORY / ".venv-emulator").glob(f"lib/python*/site-packages/samcli/local/rapid/{name}"))
    if not found:
        raise ActionableError(f"{name} is missing", "the set-up is incomplete", "make setup")
    return found[0]


def _free_port(addresses: Sequence[str], wanted: int | None) -> int:
    """Return a port that is free on all addresses; the wanted one, if there is one."""
    for _ in range(_PORT_ATTEMPTS):
        port = wanted or 0
        try:
            with ExitStack() as sockets:
                for address in addresses:
                    port = int(sockets.enter_context(bind(address, port)).getsockname()[1])
            return port
        except OSError as error:
            if wanted:
                cause = f"another program uses it ({error.strerror})"
                fix = "use another --port; without the option, the run takes a free one"
                raise ActionableError(f"port {wanted} is busy", cause, fix) from error
    cause = f"{_PORT_ATTEMPTS} attempts on {', '.join(addresses)}"
    raise ActionableError("no port is free", cause, "stop programs that use many ports")


def _remove_files(directory: Path) -> list[str]:
    """Remove everything but results, assembly and logs."""
    removed = []
    for name in (STATE_FILE, CONFIG, SPANS_FILE, RECORDS, IMAGES, GENERATED, KEPT_STATE, CDK_HOME, DOCKER_CONFIG):
        path = directory / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.exists():
            path.unlink()
        else:
            continue
        removed.append(f"file {path.name}")
    return removed
