"""Responses of AWS in `responses/`, one file for each operation; botocore validates them against its models."""

import json
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from botocore.response import StreamingBody

from tests.unit.deployment.aws_responses import Response, stub

FILES = sorted(Path(__file__).with_name("responses").glob("*.json"))
INVENTED = "invented from the model"
_DATES = ("Date", "At", "Time", "Timestamp", "timestamp")


def read(service: str, operation: str) -> dict[str, Any]:
    """The responses of an operation: name -> response."""
    path = Path(__file__).with_name("responses") / f"{service}.{operation}.json"
    found: dict[str, Any] = json.loads(path.read_text(), object_hook=_with_dates)["responses"]
    return found


def response(service: str, operation: str, name: str) -> Response:
    """One response, as `stub` takes it."""
    return operation, read(service, operation)[name]


def client(service: str, operation: str, name: str) -> Any:
    """A client that returns one response once."""
    return stub(service, response(service, operation, name))


def clients(*responses: tuple[str, str, str]) -> dict[str, Any]:
    """Clients by service that return responses in this order: service, operation, name of the response."""
    by_service: dict[str, list[Response]] = {}
    for service, operation, name in responses:
        by_service.setdefault(service, []).append(response(service, operation, name))
    return {service: stub(service, *found) for service, found in by_service.items()}


def _with_dates(data: dict[str, Any]) -> dict[str, Any]:
    if "Payload" in data:
        # A stream, which can be read once.
        content = data["Payload"].encode()
        return {**data, "Payload": StreamingBody(BytesIO(content), len(content))}
    return {
        key: datetime.fromisoformat(value) if key.endswith(_DATES) and isinstance(value, str) else value
        for key, value in data.items()
    }
