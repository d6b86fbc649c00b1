"""Fault injection: kill one target, send requests to the others meanwhile, and wait for its recovery."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from deployment.assembly import Assembly
from deployment.containers import ContainerState
from deployment.environment import Environment
from deployment.results import FaultInjectionResult, Outcome, rounded
from deployment.service_client import ServiceClient

REQUESTS = 5
_POLL_S = 0.2


def inject_fault(
    environment: Environment, assembly: Assembly, clients: Mapping[str, ServiceClient]
) -> FaultInjectionResult:
    """Kill all containers of the first target that always runs, and verify the other targets and its recovery.

    Args:
        environment: Where the app is deployed.
        assembly: The app.
        clients: Clients of the targets that passed their checks.
    """
    containers = environment.containers
    if containers is None:
        reason = f"containers cannot be killed in the environment {environment.name!r}"
        return FaultInjectionResult(outcome=Outcome.NOT_RUN, reason=reason)
    # Once for all targets: an engine needs a second to measure the memory of its containers.
    described = containers.describe()
    serving = {name: _serving(assembly, name, described) for name in clients}
    target = next((name for name in clients if serving[name]), None)
    others = {name: client for name, client in clients.items() if name != target}
    if target is None or not others:
        return FaultInjectionResult(outcome=Outcome.NOT_RUN, reason="it needs two targets that passed")
    for container in serving[target]:
        containers.kill(container)
    started = time.monotonic()
    with ThreadPoolExecutor(max_workers=len(others)) as pool:
        responds = dict(zip(others, pool.map(_responds, others.values()), strict=True))
    timeout_s = environment.timeouts.recovery_s
    killed = {container.id for container in serving[target]}

    def recovered() -> bool:
        serves = _serving(assembly, target, containers.describe())
        return len({container.id for container in serves} - killed) >= len(killed) and _responds(clients[target])

    failed = [name for name in others if not responds[name]]
    return judge(target, len(killed), len(others), failed, _seconds_until(recovered, started, timeout_s), environment)


def judge(
    target: str,
    killed: int,
    other_targets: int,
    failed: list[str],
    recovery_s: float | None,
    environment: Environment,
) -> FaultInjectionResult:
    """Decide the outcome from the targets that failed meanwhile and the time to recovery."""
    reason = cause = ""
    if failed:
        reason, cause = f"{', '.join(failed)} failed while {target} was down", "a dependency between the targets"
    elif recovery_s is None:
        timeout_s = environment.timeouts.recovery_s
        reason, cause = f"{target} did not recover within {timeout_s:.0f} s", "its containers were not replaced"
    return FaultInjectionResult(
        outcome=Outcome.FAILED if reason else Outcome.PASSED,
        reason=reason,
        cause=cause,
        fix=environment.command("logs", failed[0] if failed else target) if reason else "",
        target=target,
        killed=killed,
        other_targets=other_targets,
        responding=other_targets - len(failed),
        recovery_s=rounded(recovery_s),
    )


def _serving(assembly: Assembly, target: str, containers: list[ContainerState]) -> list[ContainerState]:
    return [container for container in assembly.containers_of(target, containers) if container.is_serving]


def _responds(client: ServiceClient) -> bool:
    return all(client.is_ready() for _ in range(REQUESTS))


def _seconds_until(done: Callable[[], bool], started: float, timeout_s: float) -> float | None:
    while (passed := time.monotonic() - started) < timeout_s:
        if done():
            return time.monotonic() - started
        time.sleep(min(_POLL_S, max(0.0, timeout_s - passed)))
    return None
