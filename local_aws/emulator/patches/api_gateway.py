"""API Gateway: HTTP APIs reach private load balancers through a VPC link."""

from __future__ import annotations

import asyncio
from typing import Any

from ministack.core.responses import StreamingResponse
from ministack.services import alb, apigateway


def route_vpc_links() -> None:
    """The integration URI of a VPC link is a listener's ARN; MiniStack expects a URL, and responds with 502."""
    original = apigateway._invoke_http_proxy

    async def invoke(integration: dict[str, Any], path: str, method: str, headers: Any, body: Any, query: Any) -> Any:
        listener = alb._listeners.get(integration.get("integrationUri", ""))
        if listener is None:
            return await original(integration, path, method, headers, body, query)
        load_balancer = alb._lbs[listener["LoadBalancerArn"]]
        status, received, content = await alb.dispatch_request(
            load_balancer, method, path, headers, body, query, listener.get("Port", 80)
        )
        if isinstance(content, StreamingResponse):
            content = await _read_all(content)
        # The HTTP API sets its own framing headers.
        framing = ("transfer-encoding", "content-length")
        return status, {name: value for name, value in received.items() if name.lower() not in framing}, content

    apigateway._invoke_http_proxy = invoke


async def _read_all(content: StreamingResponse) -> bytes:
    chunks: list[bytes] = []

    async def send(message: dict[str, Any]) -> None:
        chunks.append(message.get("body", b""))

    async def receive() -> dict[str, Any]:
        """Wait for ever: no client can disconnect, because API Gateway reads the whole response first."""
        await asyncio.Event().wait()
        raise AssertionError

    await content.runner(send, receive)
    return b"".join(chunks)
