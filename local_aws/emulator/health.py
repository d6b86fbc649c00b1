"""Health checks that are really run: a command inside the container, or a request to the target."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum
from typing import Any

# A start is looked at closely, and so is a check that has begun to fail; between them the template's interval holds.
_STARTING_INTERVAL_S = 0.25
_FAILING_INTERVAL_S = 5.0


class Verdict(Enum):
    """What a check has found so far."""

    UNKNOWN = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, kw_only=True, eq=False)
class Check:
    """One health check of one task.

    Attributes:
        name: what ECS calls it, such as "container" or "ELB".
        probe: runs the check once; raises nothing; returns whether it passed, and what was seen.
        interval_s: time between checks while they pass.
        failures: consecutive failures that make it unhealthy.
        start_s: failures within this time after the start do not count.
        group: ARN of the target group; "" for a container's own check.
        address: the target's address.
    """

    name: str
    probe: Callable[[], tuple[bool, str]]
    interval_s: float
    failures: int
    start_s: float
    group: str = ""
    address: str = ""


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


def target_check(group: dict[str, Any], address: str, where: tuple[str, int], grace_s: int) -> Check:
    """A target group's health check of one target."""
    path, timeout_s = group["HealthCheckPath"], float(group["HealthCheckTimeoutSeconds"])
    accepted = _codes(group["Matcher"]["HttpCode"])

    def probe() -> tuple[bool, str]:
        connection = http.client.HTTPConnection(*where, timeout=timeout_s)
        try:
            connection.request("GET", path, headers={"User-Agent": "ELB-HealthChecker/2.0"})
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return False, f"GET {path}: {error}"
        finally:
            connection.close()
        return status in accepted, f"GET {path}: {status}"

    return Check(
        name="ELB",
        probe=probe,
        interval_s=float(group["HealthCheckIntervalSeconds"]),
        failures=int(group["UnhealthyThresholdCount"]),
        start_s=float(grace_s),
        group=group["TargetGroupArn"],
        address=address,
    )


def watch(check: Check, tell: Callable[[Verdict, str], bool]) -> None:
    """Run `check` again and again; `tell` gets every verdict and answers whether to go on."""
    started, failed, verdict = time.monotonic(), 0, Verdict.UNKNOWN
    counted_after_s = max(check.start_s, min(check.interval_s, _FAILING_INTERVAL_S))
    while True:
        passed, said = check.probe()
        if passed:
            failed, verdict = 0, Verdict.HEALTHY
        elif verdict is Verdict.HEALTHY or time.monotonic() - started > counted_after_s:
            failed += 1
            verdict = Verdict.UNHEALTHY if failed >= check.failures else verdict
        if not tell(verdict, said):
            return
        is_starting = verdict is Verdict.UNKNOWN and failed == 0
        slow_s = check.interval_s if passed else min(check.interval_s, _FAILING_INTERVAL_S)
        time.sleep(_STARTING_INTERVAL_S if is_starting else slow_s)


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
