"""A crash of the emulator and of everything that it runs, and the start of another one with its durable state."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from dataclasses import replace

import httpx

from deployment.errors import ActionableError
from deployment.slowdown import slowdown
from local_aws import cleanup, lifecycle
from local_aws.emulator.config import CRASH_PATH, KEPT_STATE, KEPT_STATE_MARKER
from local_aws.engine.processes import RECORDS
from local_aws.environment import LocalEnvironment

_WRITE_TIMEOUT_S = 90.0
_POLL_S = 0.05


def crash_and_restart(environment: LocalEnvironment) -> LocalEnvironment:
    """Kill the emulator with SIGKILL, and all containers with it; then start it with the state that AWS stores durably.

    Tables, streams, secrets, queues, stacks and services survive. Requests in progress get no response, and running
    executions of state machines have failed. Services start new tasks.

    Args:
        environment: A running environment, on which no deployment is in progress.

    Returns:
        The environment with the new emulator, at the same address.

    Raises:
        ActionableError: the state was not written in time.
        EnvironmentLost: the new emulator does not start.
    """
    kept = environment.directory / KEPT_STATE
    shutil.rmtree(kept, ignore_errors=True)
    with suppress(httpx.TransportError):  # nothing responds after a crash
        httpx.post(f"{environment.endpoint}{CRASH_PATH}", timeout=_WRITE_TIMEOUT_S * slowdown())
    _wait_until_written(environment)
    cleanup.remove_processes(environment.label, None)
    if environment.engine.has_containers:
        cleanup.kill_containers(environment.engine, environment.label)
    shutil.rmtree(environment.directory / RECORDS, ignore_errors=True)
    process = lifecycle.start_process(environment.directory, environment.label)
    started = cleanup.started_at(process.pid)
    restarted = replace(environment, emulator_pid=process.pid, emulator_started=started)
    restarted.save()
    lifecycle.wait_until_ready(restarted, process)
    shutil.rmtree(kept, ignore_errors=True)
    return restarted


def _wait_until_written(environment: LocalEnvironment) -> None:
    marker = environment.directory / KEPT_STATE / KEPT_STATE_MARKER
    started = time.monotonic()
    while not marker.exists():
        if (seconds := time.monotonic() - started) > _WRITE_TIMEOUT_S * slowdown():
            cause = f"{marker} does not exist after {seconds:.0f} s"
            raise ActionableError("the emulator did not keep its state", cause, environment.diagnostics_command())
        time.sleep(_POLL_S)
