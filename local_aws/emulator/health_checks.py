"""Health checks of tasks: container commands, load balancer requests, and Kubernetes probes, run on their schedule.

On AWS, each task has CPUs of its own. Here all of them share those of one computer: while it is busy, timeouts are
longer, so that a check that could not be executed in time is no failed check.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Container, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from deployment.slowdown import slowdown

# Starting tasks and failing checks are polled more often than at the template's interval.
_STARTING_INTERVAL_S = 0.25
# A command is a process of its own, which would take CPU time from the start.
_STARTING_COMMAND_INTERVAL_S = 1.0
_FAILING_INTERVAL_S = 5.0
# https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
_PROBE_SUCCESS_CODES = range(200, 400)


class HealthStatus(Enum):
    """Result of a health check so far; the values are the target health states of Elastic Load Balancing."""

    UNKNOWN = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


class FailureAction(Enum):
    """The consequence if a healthy task becomes unhealthy; a task that never was healthy fails its deployment."""

    # Stop the task; its service starts another one.
    REPLACE = auto()
    # Hide the task from its load balancer until the check passes again.
    DEREGISTER = auto()
    # Send no requests to the task while another target is healthy.
    STOP_ROUTING = auto()


@dataclass(frozen=True, kw_only=True, eq=False)
class HealthCheck:
    """One health check of one task.

    Attributes:
        name: the name that ECS uses in stopped reasons, such as "container" or "ELB".
        run: runs the check once, without raising; returns whether it passed, and its output.
        interval_s: seconds between checks while they pass.
        unhealthy_threshold: consecutive failures that make the task unhealthy.
        start_period_s: seconds after the start in which failures do not count.
        target_group: ARN of the target group. Default: "", a container's own check.
        address: IP address of the target. Default: "", a container's own check.
        on_failure: what follows a failure. Default: the task is replaced.
        once: whether the check ends when it has passed. Default: False, it runs until the task stops.
        starting_interval_s: seconds between checks until the first one passes. Default: 0.25.
    """

    name: str
    run: Callable[[], tuple[bool, str]]
    interval_s: float
    unhealthy_threshold: int
    start_period_s: float
    target_group: str = ""
    address: str = ""
    on_failure: FailureAction = FailureAction.REPLACE
    once: bool = False
    starting_interval_s: float = _STARTING_INTERVAL_S


@dataclass(frozen=True, kw_only=True)
class Probe:
    """An HTTP probe of a Kubernetes container.

    Attributes:
        name: "startup", "liveness" or "readiness".
        path: the request path.
        port: the container port.
        interval_s: seconds between requests.
        timeout_s: seconds to wait for a response.
        failure_threshold: consecutive failures that make the container unhealthy.
        start_period_s: seconds after the start in which failures do not count.
    """

    name: str
    path: str
    port: int
    interval_s: float
    timeout_s: float
    failure_threshold: int
    start_period_s: float


def monitor(check: HealthCheck, report: Callable[[HealthStatus, str], bool]) -> None:
    """Run `check` on its schedule; `report` receives each status and returns whether to continue."""
    started, failures, status = time.monotonic(), 0, HealthStatus.UNKNOWN
    start_period_s = max(check.start_period_s, min(check.interval_s, _FAILING_INTERVAL_S))
    while True:
        passed, output = check.run()
        if passed:
            failures, status = 0, HealthStatus.HEALTHY
        elif status is HealthStatus.HEALTHY or time.monotonic() - started > start_period_s:
            failures += 1
            status = HealthStatus.UNHEALTHY if failures >= check.unhealthy_threshold else status
        if not report(status, output):
            return
        is_starting = status is HealthStatus.UNKNOWN and failures == 0
        interval_s = check.interval_s if passed else min(check.interval_s, _FAILING_INTERVAL_S)
        time.sleep(check.starting_interval_s if is_starting else interval_s)


def command_line(command: Sequence[str]) -> list[str]:
    """Arguments that run a health check command in the notation of Docker and ECS (`CMD`, `CMD-SHELL`)."""
    return ["/bin/sh", "-c", command[1]] if command[0] == "CMD-SHELL" else list(command[1:])


def container_check(health_check: dict[str, Any], container: Any) -> HealthCheck:
    """Health check of a container, from its task definition.

    Defaults are those of https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    """
    argv, timeout_s = command_line(health_check["command"]), float(health_check.get("timeout", 5))

    def run() -> tuple[bool, str]:
        try:
            code, output = _with_timeout(timeout_s * slowdown(), lambda: container.exec_run(argv))
        except Exception as error:
            return False, str(error)
        return code == 0, output.decode(errors="replace").strip()[-300:]

    return HealthCheck(
        name="container",
        run=run,
        interval_s=float(health_check.get("interval", 30)),
        unhealthy_threshold=int(health_check.get("retries", 3)),
        start_period_s=float(health_check.get("startPeriod", 0)),
        starting_interval_s=_STARTING_COMMAND_INTERVAL_S,
    )


def target_check(
    group: dict[str, Any],
    address: str,
    endpoint: tuple[str, int],
    grace_period_s: int,
    on_failure: FailureAction = FailureAction.REPLACE,
) -> HealthCheck:
    """Health check of one target of a target group; `endpoint` is where this machine reaches the target."""

    def run() -> tuple[bool, str]:
        # Read each time: an update of the group applies to targets that are registered already.
        codes, timeout_s = _status_codes(group["Matcher"]["HttpCode"]), float(group["HealthCheckTimeoutSeconds"])
        return _http_get(endpoint, group["HealthCheckPath"], timeout_s, codes, "ELB-HealthChecker/2.0")()

    return HealthCheck(
        name="ELB",
        run=run,
        interval_s=float(group["HealthCheckIntervalSeconds"]),
        unhealthy_threshold=int(group["UnhealthyThresholdCount"]),
        start_period_s=float(grace_period_s),
        target_group=group["TargetGroupArn"],
        address=address,
        on_failure=on_failure,
    )


def probe_check(
    probe: Probe, target_group: str, address: str, endpoint: tuple[str, int], grace_period_s: int
) -> HealthCheck:
    """Probe of the pod at `address`, a target of `target_group`.

    Kubernetes waits without limit for a pod to become ready; the Helm release does not. Readiness therefore has
    `grace_period_s` seconds.
    """
    is_readiness = probe.name == "readiness"
    return HealthCheck(
        name=probe.name,
        run=_http_get(endpoint, probe.path, probe.timeout_s, _PROBE_SUCCESS_CODES, "kube-probe/1"),
        interval_s=probe.interval_s,
        unhealthy_threshold=probe.failure_threshold,
        start_period_s=max(probe.start_period_s, float(grace_period_s)) if is_readiness else probe.start_period_s,
        target_group=target_group if is_readiness else "",
        address=address if is_readiness else "",
        on_failure=FailureAction.DEREGISTER if is_readiness else FailureAction.REPLACE,
        once=probe.name == "startup",
    )


def _http_get(
    endpoint: tuple[str, int], path: str, timeout_s: float, success_codes: Container[int], user_agent: str
) -> Callable[[], tuple[bool, str]]:
    def run() -> tuple[bool, str]:
        connection = http.client.HTTPConnection(*endpoint, timeout=timeout_s * slowdown())
        try:
            connection.request("GET", path, headers={"User-Agent": user_agent})
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return False, f"GET {path}: {error}"
        finally:
            connection.close()
        return status in success_codes, f"GET {path}: {status}"

    return run


def _with_timeout(seconds: float, call: Callable[[], Any]) -> Any:
    """Result of `call`, in a thread of its own: the Docker API has no time-out for commands.

    Raises:
        TimeoutError: `call` did not return in time.
    """
    executor = ThreadPoolExecutor(max_workers=1)
    try:
        return executor.submit(call).result(seconds)
    except TimeoutError:
        raise TimeoutError(f"timed out after {seconds:.3g} s") from None
    finally:
        executor.shutdown(wait=False)


def _status_codes(matcher: str) -> set[int]:
    """HTTP status codes of a matcher such as "200,202" or "200-299"."""
    codes: set[int] = set()
    for part in matcher.split(","):
        first, _, last = part.partition("-")
        codes |= set(range(int(first), int(last or first) + 1))
    return codes
