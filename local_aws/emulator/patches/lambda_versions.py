"""Lambda versions: each one keeps its own environments, and few start at the same time."""

from __future__ import annotations

import threading
import time
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.services import lambda_svc

# On AWS, each new environment has a CPU of its own. Here they share this machine: a request waits for the next free
# environment rather than for the start of one more.
_STARTING_AT_MOST = 2
_POLL_S = 0.05
_START_TIMEOUT_S = 30.0


def keep_published_versions() -> None:
    """MiniStack stops the environments of all versions when a function changes, also those that the alias points to."""
    key, kill_all = lambda_svc._warm_pool_key, lambda_svc._pool_kill_function

    def kill(account: str, name: str) -> None:
        function = lambda_svc._functions.get(name)
        if function is None:
            kill_all(account, name)
            return
        in_use = {alias["FunctionVersion"] for alias in function["aliases"].values()}
        stale = []
        with lambda_svc._warm_pool_lock:
            for found in [found for found in lambda_svc._warm_pool if found.split(":")[::2][:2] == [account, name]]:
                if found.rpartition("@")[2] not in in_use:
                    stale += lambda_svc._warm_pool.pop(found)
        for entry in stale:
            # Not on the thread of the caller, which may be the event loop: stopping takes seconds.
            spawn_background(lambda entry=entry: _stop(entry), thread_name="local-aws-lambda-stop")

    lambda_svc._warm_pool_key = lambda name, config: f"{key(name, config)}@{config.get('Version', '$LATEST')}"
    lambda_svc._pool_kill_function = kill


def _stop(entry: dict[str, Any]) -> None:
    """Stop an environment after its last response."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    while entry["in_use"] and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    lambda_svc._kill_pool_entry(entry)


def limit_cold_starts() -> None:
    """MiniStack starts an environment for each request that finds none free, until the starts use all CPU time."""
    acquire, register, release = lambda_svc._pool_acquire, lambda_svc._pool_register, lambda_svc._pool_release
    spawn = lambda_svc._spawn_lambda_container
    starts: dict[str, int] = {}
    lock = threading.Lock()

    def acquire_or_wait(key: str, max_concurrency: int | None) -> Any:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while True:
            with lock:
                entry, reason = acquire(key, max_concurrency)
                if reason != "spawn":
                    return entry, reason
                if starts.get(key, 0) < _STARTING_AT_MOST or time.monotonic() > deadline:
                    starts[key] = starts.get(key, 0) + 1
                    return entry, reason
            time.sleep(_POLL_S)

    def ended(key: str) -> None:
        with lock:
            starts[key] = max(0, starts.get(key, 0) - 1)

    def spawn_counted(config: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return spawn(config, *args, **kwargs)
        except BaseException:
            ended(lambda_svc._warm_pool_key(config["FunctionName"], config))
            raise

    def register_starting(key: str, container: Any, directory: Any) -> Any:
        """The environment starts until its first response."""
        entry = register(key, container, directory)
        entry["starting"] = key
        return entry

    def started(entry: dict[str, Any]) -> None:
        if key := entry.pop("starting", ""):
            ended(key)

    def release_started(entry: dict[str, Any]) -> None:
        started(entry)
        release(entry)

    remove = lambda_svc._pool_remove

    def remove_started(entry: dict[str, Any]) -> None:
        started(entry)
        remove(entry)

    lambda_svc._pool_acquire = acquire_or_wait
    lambda_svc._spawn_lambda_container = spawn_counted
    lambda_svc._pool_register = register_starting
    lambda_svc._pool_release = release_started
    lambda_svc._pool_remove = remove_started
