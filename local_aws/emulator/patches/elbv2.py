"""Elastic Load Balancing: load balancers send requests to healthy targets only, and report target health."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from typing import Any

from ministack import app
from ministack.core.responses import StreamingResponse
from ministack.services import alb, route53

TARGET_HEALTH: dict[tuple[str, str], str] = {}
"""(target group ARN, target address) -> "initial", "healthy", "unhealthy" or `UNUSED`; the health checks write it."""

UNUSED = "unused"
"""State of a pod that is not ready: registered here, but not on Kubernetes."""

PUBLISHED: dict[tuple[str, int], tuple[str, int]] = {}
"""(address, port) in the engine's network -> (address, port) on this machine, where they differ."""

_HEALTHY_TARGET = re.compile(r"<Id>([^<]+)</Id>(.*?)<HealthStatus>healthy</HealthStatus>(.*?)<State>healthy</State>")

_IN_FLIGHT: Counter[tuple[str, str]] = Counter()
"""(target group ARN, target address) -> requests that have no complete response yet."""
_CHOOSING = threading.Lock()
"""Held while a target is chosen and counted: after a deregistration, no request is on its way uncounted."""
_DEREGISTRATION_DELAY = "deregistration_delay.timeout_seconds"
_POLL_S = 0.05


def route_to_healthy_targets() -> None:
    """MiniStack runs no health checks: every target is healthy, and receives requests."""
    forward, describe = alb._forward_to_tg, alb._describe_target_health

    async def forward_to_group(
        arn: str,
        method: str,
        path: str,
        headers: Any,
        body: Any,
        query: Any,
        raw_query: Any = None,
        raw_path: Any = None,
    ) -> Any:
        if not alb._targets.get(arn) or alb._tgs[arn].get("TargetType") != "ip":
            return await forward(arn, method, path, headers, body, query, raw_query, raw_path)
        target = _choose(arn)
        if target is None:
            return 503, {"Content-Type": "text/plain"}, b"no pod is ready"
        key = (arn, str(target["Id"]))
        try:
            status, received, content = await alb._proxy_http_target(
                _reachable(target), alb._tgs[arn], method, raw_path or path, headers, body, query, raw_query
            )
        except BaseException:
            _complete(key)
            raise
        if not isinstance(content, StreamingResponse):
            _complete(key)
            return status, received, content
        return status, received, _counted(content, key)

    def describe_health(params: dict[str, Any]) -> Any:
        status, headers, body = describe(params)
        arn = alb._p(params, "TargetGroupArn")

        def with_state(match: re.Match[str]) -> str:
            state = TARGET_HEALTH.get((arn, match[1]), "initial")
            return f"<Id>{match[1]}</Id>{match[2]}<HealthStatus>{state}</HealthStatus>{match[3]}<State>{state}</State>"

        text = body.decode() if isinstance(body, bytes) else body
        return status, headers, _HEALTHY_TARGET.sub(with_state, text).encode()

    alb._forward_to_tg = forward_to_group
    alb._ACTION_MAP["DescribeTargetHealth"] = describe_health


def resolve_record_names() -> None:
    """MiniStack finds a load balancer by its own names only, not by those that Route 53 records give it.

    It also sends requests to any listener if none has the emulator's port; an https URL means that of HTTPS.
    """
    is_load_balancer, find, dispatch = app._is_potential_alb_request, alb.find_lb_for_host, alb.dispatch_request

    def find_for_host(host: str) -> Any:
        return find(host) or find(_alias_of(host))

    async def dispatch_request(
        lb: dict[str, Any], method: str, path: str, headers: Any, body: Any, query: Any, port: int = 80, **more: Any
    ) -> Any:
        listeners = [each for each in alb._listeners.values() if each["LoadBalancerArn"] == lb["LoadBalancerArn"]]
        ports = {int(each.get("Port", 80)): each.get("Protocol") for each in listeners}
        if port not in ports:
            port = next((number for number, protocol in ports.items() if protocol == "HTTPS"), port)
        return await dispatch(lb, method, path, headers, body, query, port, **more)

    app._is_potential_alb_request = lambda host, path: is_load_balancer(host, path) or bool(_alias_of(host))
    alb.find_lb_for_host = find_for_host
    alb.dispatch_request = dispatch_request


def _alias_of(host: str) -> str:
    """The DNS name that a record of Route 53 is an alias of; "" without one."""
    name = f"{host.partition(':')[0].lower()}."
    for records in list(route53._records.values()):
        for record in records:
            if record["Name"].lower().rstrip(".") + "." == name and (alias := record.get("AliasTarget")):
                return str(alias["DNSName"]).rstrip(".").removeprefix("dualstack.")
    return ""


def wait_until_drained(arn: str, address: str) -> None:
    """Wait until a deregistered target has sent its last response, or until the deregistration delay.

    A target without requests is deregistered at once:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#deregistration-delay
    """
    attributes = {each["Key"]: each["Value"] for each in alb._tg_attrs.get(arn, [])}
    deadline = time.monotonic() + float(attributes.get(_DEREGISTRATION_DELAY, 300))
    while time.monotonic() < deadline:
        with _CHOOSING:
            if not _IN_FLIGHT[arn, address]:
                return
        time.sleep(_POLL_S)


def _choose(arn: str) -> dict[str, Any] | None:
    """Choose a target, and count the request as in flight; None if all targets are pods that are not ready."""
    with _CHOOSING:
        registered = [
            target for target in alb._targets.get(arn, []) if TARGET_HEALTH.get((arn, target["Id"])) != UNUSED
        ]
        if not registered:
            return None
        # Without a healthy target a load balancer fails open: it routes to all of them.
        healthy = [target for target in registered if TARGET_HEALTH.get((arn, target["Id"])) == "healthy"]
        target: dict[str, Any] = random.choice(healthy or registered)  # noqa: S311
        _IN_FLIGHT[arn, str(target["Id"])] += 1
        return target


def _complete(key: tuple[str, str]) -> None:
    with _CHOOSING:
        _IN_FLIGHT[key] -= 1


def _counted(content: StreamingResponse, key: tuple[str, str]) -> StreamingResponse:
    """The response, which counts as complete when its body is."""
    run = content.runner

    async def runner(send: Any, receive: Any) -> None:
        try:
            await run(send, receive)
        finally:
            _complete(key)

    return StreamingResponse(runner)


def _reachable(target: dict[str, Any]) -> dict[str, Any]:
    """The target with the address at which this machine reaches it."""
    address, port = PUBLISHED.get((str(target["Id"]), int(target["Port"])), (target["Id"], target["Port"]))
    return target | {"Id": address, "Port": port}
