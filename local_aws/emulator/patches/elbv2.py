"""Elastic Load Balancing: load balancers send requests to healthy targets only, and report target health."""

from __future__ import annotations

import random
import re
from typing import Any

from ministack.services import alb

TARGET_HEALTH: dict[tuple[str, str], str] = {}
"""(target group ARN, target address) -> "initial", "healthy", "unhealthy" or `UNUSED`; the health checks write it."""

UNUSED = "unused"
"""State of a pod that is not ready: registered here, but not on Kubernetes."""

PUBLISHED: dict[tuple[str, int], tuple[str, int]] = {}
"""(address, port) in the engine's network -> (address, port) on this machine, where they differ."""

_HEALTHY_TARGET = re.compile(r"<Id>([^<]+)</Id>(.*?)<HealthStatus>healthy</HealthStatus>(.*?)<State>healthy</State>")


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
        registered = [
            target for target in alb._targets.get(arn, []) if TARGET_HEALTH.get((arn, target["Id"])) != UNUSED
        ]
        if alb._targets.get(arn) and not registered:
            return 503, {"Content-Type": "text/plain"}, b"no pod is ready"
        if not registered or alb._tgs[arn].get("TargetType") != "ip":
            return await forward(arn, method, path, headers, body, query, raw_query, raw_path)
        # Without a healthy target a load balancer fails open: it routes to all of them.
        healthy = [target for target in registered if TARGET_HEALTH.get((arn, target["Id"])) == "healthy"]
        target = _reachable(random.choice(healthy or registered))  # noqa: S311
        return await alb._proxy_http_target(
            target, alb._tgs[arn], method, raw_path or path, headers, body, query, raw_query
        )

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


def _reachable(target: dict[str, Any]) -> dict[str, Any]:
    """The target with the address at which this machine reaches it."""
    address, port = PUBLISHED.get((str(target["Id"]), int(target["Port"])), (target["Id"], target["Port"]))
    return target | {"Id": address, "Port": port}
