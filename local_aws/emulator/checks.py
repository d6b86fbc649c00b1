"""What health checks do each time: a command inside the container, or a request to it."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Container
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from local_aws.emulator.health import Check, Remedy

# https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
_PROBE_ACCEPTS = range(200, 400)


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A request that Kubernetes makes to a container, again and again.

    Attributes:
        name: "startup", "liveness" or "readiness".
        path: what is asked for.
        port: where.
        interval_s: time between requests.
        timeout_s: time for an answer.
        failures: consecutive failures that matter.
        start_s: failures within this time after the start do not count.
    """

    name: str
    path: str
    port: int
    interval_s: float
    timeout_s: float
    failures: int
    start_s: float


def container_check(health_check: dict[str, Any], container: Any) -> Check:
    """A task definition's health check of a container.

    Defaults are those of https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    """
    command = health_check["command"]
    argv = ["/bin/sh", "-c", command[1]] if command[0] == "CMD-SHELL" else command[1:]

    timeout_s = float(health_check.get("timeout", 5))

    def probe() -> tuple[bool, str]:
        try:
            code, output = _within(timeout_s, lambda: container.exec_run(argv))
        except Exception as error:
            return False, str(error)
        return code == 0, output.decode(errors="replace").strip()[-300:]

    return Check(
        name="container",
        probe=probe,
        interval_s=float(health_check.get("interval", 30)),
        failures=int(health_check.get("retries", 3)),
        start_s=float(health_check.get("startPeriod", 0)),
    )


def target_check(
    group: dict[str, Any], address: str, where: tuple[str, int], grace_s: int, remedy: Remedy = Remedy.REPLACE
) -> Check:
    """A target group's health check of one target."""
    codes, timeout_s = _codes(group["Matcher"]["HttpCode"]), float(group["HealthCheckTimeoutSeconds"])
    return Check(
        name="ELB",
        probe=_asks(where, group["HealthCheckPath"], timeout_s, codes, "ELB-HealthChecker/2.0"),
        interval_s=float(group["HealthCheckIntervalSeconds"]),
        failures=int(group["UnhealthyThresholdCount"]),
        start_s=float(grace_s),
        group=group["TargetGroupArn"],
        address=address,
        remedy=remedy,
    )


def probe_check(probe: Probe, group: str, address: str, where: tuple[str, int], grace_s: int) -> Check:
    """A probe of the pod at `address`, which is a target of `group`.

    A pod has `grace_s` seconds to get ready: Kubernetes sets no end to that, the release that waits for it does.
    """
    is_readiness = probe.name == "readiness"
    return Check(
        name=probe.name,
        probe=_asks(where, probe.path, probe.timeout_s, _PROBE_ACCEPTS, "kube-probe/1"),
        interval_s=probe.interval_s,
        failures=probe.failures,
        start_s=max(probe.start_s, float(grace_s)) if is_readiness else probe.start_s,
        group=group if is_readiness else "",
        address=address if is_readiness else "",
        remedy=Remedy.WITHDRAW if is_readiness else Remedy.REPLACE,
        once=probe.name == "startup",
    )


def _asks(
    where: tuple[str, int], path: str, timeout_s: float, accepted: Container[int], agent: str
) -> Callable[[], tuple[bool, str]]:
    def ask() -> tuple[bool, str]:
        connection = http.client.HTTPConnection(*where, timeout=timeout_s)
        try:
            connection.request("GET", path, headers={"User-Agent": agent})
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return False, f"GET {path}: {error}"
        finally:
            connection.close()
        return status in accepted, f"GET {path}: {status}"

    return ask


def _within(seconds: float, call: Callable[[], Any]) -> Any:
    """The result of `call`; the engines' API knows no time limit.

    Raises:
        TimeoutError: there was none in time.
    """
    result: Future[Any] = Future()

    def work() -> None:
        try:
            result.set_result(call())
        except Exception as error:
            result.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        return result.result(seconds)
    except TimeoutError:
        raise TimeoutError(f"no answer within {seconds:.0f} s") from None


def _codes(matcher: str) -> set[int]:
    """The status codes of a matcher such as "200,202" or "200-299"."""
    codes: set[int] = set()
    for part in matcher.split(","):
        first, _, last = part.partition("-")
        codes |= set(range(int(first), int(last or first) + 1))
    return codes
