"""Falcon with a minimal adapter for payload format 2.0."""

import asyncio
import base64
from typing import Any

from benchmarks.service.candidates import falcon

_app = falcon()
_loop = asyncio.new_event_loop()


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Run the application on one event."""
    body = event.get("body") or ""
    content = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    response: dict[str, Any] = {}
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            response.update(message)
        else:
            parts.append(message.get("body", b""))

    _loop.run_until_complete(_app(_scope(event), receive, send))
    headers = {name.decode(): value.decode() for name, value in response["headers"]}
    return {"statusCode": response["status"], "headers": headers, "body": b"".join(parts).decode()}


def _scope(event: dict[str, Any]) -> dict[str, Any]:
    request = event["requestContext"]["http"]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.0"},
        "http_version": "1.1",
        "scheme": "https",
        "method": request["method"],
        "path": request["path"],
        "query_string": event.get("rawQueryString", "").encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in event["headers"].items()],
        "client": (request["sourceIp"], 0),
        "server": ("lambda", 443),
    }
