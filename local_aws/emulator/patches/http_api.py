"""HTTP APIs reach private load balancers through a VPC link."""

from __future__ import annotations

import asyncio
from typing import Any

from ministack.core.responses import StreamingResponse
from ministack.services import alb, apigateway

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine


def reach_listeners(_config: EmulatorConfig, _engine: Engine) -> None:
    """The integration's address is a listener's ARN then; MiniStack takes it for a URL and answers 502."""
    original = apigateway._invoke_http_proxy

    async def invoke(integration: dict[str, Any], path: str, method: str, headers: Any, body: Any, query: Any) -> Any:
        listener = alb._listeners.get(integration.get("integrationUri", ""))
        if listener is None:
            return await original(integration, path, method, headers, body, query)
        balancer = alb._lbs[listener["LoadBalancerArn"]]
        status, answered, content = await alb.dispatch_request(
            balancer, method, path, headers, body, query, listener.get("Port", 80)
        )
        if isinstance(content, StreamingResponse):
            content = await _whole(content)
        # The API frames the body itself.
        kept = {
            name: value
            for name, value in answered.items()
            if name.lower() not in ("transfer-encoding", "content-length")
        }
        return status, kept, content

    apigateway._invoke_http_proxy = invoke


async def _whole(content: StreamingResponse) -> bytes:
    chunks: list[bytes] = []

    async def send(message: dict[str, Any]) -> None:
        chunks.append(message.get("body", b""))

    async def receive() -> dict[str, Any]:
        """No client that could hang up: API Gateway takes the whole answer first."""
        await asyncio.Event().wait()
        raise AssertionError

    await content.runner(send, receive)
    return b"".join(chunks)
