"""ASGI application in front of MiniStack's: receives spans and control requests, passes on everything else."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ministack import app as ministack

from local_aws.emulator.config import (
    CRASH_PATH,
    ENFORCEMENT_PATH,
    FAULTS_PATH,
    READY_PATH,
    SPANS_FILE,
    TRACES_PATH,
    EmulatorConfig,
)
from local_aws.emulator.faults import FAULTS
from local_aws.emulator.kept_state import crash

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# X-Ray's OTLP endpoint accepts only signed requests:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html
_SIGNED_FOR_XRAY = re.compile(r"^AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/[a-z0-9-]+/xray/aws4_request,")


class Server:
    """The ASGI application."""

    def __init__(self, config: EmulatorConfig) -> None:
        self._spans = config.directory / SPANS_FILE
        self._routes: dict[tuple[str, str], Callable[[dict[str, str], bytes], tuple[int, str]]] = {
            ("POST", TRACES_PATH): self._receive_spans,
            ("POST", ENFORCEMENT_PATH): _set_enforcement,
            ("POST", CRASH_PATH): lambda _headers, _body: crash(config),
            ("POST", FAULTS_PATH): _start_fault,
            ("GET", FAULTS_PATH): lambda _headers, _body: (200, json.dumps(FAULTS.counts())),
            ("GET", READY_PATH): lambda _headers, _body: (200, config.label),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        route = self._routes.get((scope.get("method", ""), scope.get("path", "")))
        if scope["type"] != "http" or route is None:
            await ministack.app(scope, receive, send)
            return
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        status, text = route(headers, await _body(receive))
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": text.encode()})

    def _receive_spans(self, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """Append spans that X-Ray's OTLP endpoint would accept.

        Concatenated protobuf messages read back as one merged message, so appending is enough.
        """
        if not _SIGNED_FOR_XRAY.match(headers.get("authorization", "")):
            return 403, "MissingAuthenticationToken: spans must be signed with Signature Version 4 for xray"
        with self._spans.open("ab") as file:
            file.write(gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body)
        return 200, ""


def _set_enforcement(_headers: dict[str, str], body: bytes) -> tuple[int, str]:
    """Enforce IAM policies, or do not; MiniStack reads the flag at every request."""
    ministack.AUTH = bool(json.loads(body)["enforce"])
    return 200, str(ministack.AUTH)


def _start_fault(_headers: dict[str, str], body: bytes) -> tuple[int, str]:
    """Start a fault of one of the emulator's services."""
    try:
        FAULTS.start(**json.loads(body))
    except (TypeError, ValueError) as error:
        return 400, str(error)
    return 200, ""


async def _body(receive: Receive) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)
