"""Responses of AWS in `responses/`, one file for each operation; botocore validates them against its models."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.unit.deployment.aws_responses import Response, stub

FILES = sorted(Path(__file__).with_name("responses").glob("*.json"))
INVENTED = "invented from the model"


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


def _with_dates(data: dict[str, Any]) -> dict[str, Any]:
    return {key: datetime.fromisoformat(value) if key.endswith("Date") else value for key, value in data.items()}
