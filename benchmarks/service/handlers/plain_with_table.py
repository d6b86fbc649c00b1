"""A handler without framework, tracing and logs, with the order service and token of the sample service."""

from typing import Any

import msgspec
from orders.dependencies import api_token, order_service
from orders.model import NewOrder
from orders.settings import Settings

_settings = Settings.from_environment()
_service = order_service(_settings)
_token = api_token(_settings)
_decoder = msgspec.json.Decoder(NewOrder)


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Place an order."""
    _token.require_known()
    if not _token.matches(event["headers"].get("authorization", "").removeprefix("Bearer ")):
        return {"statusCode": 401}
    try:
        new = _decoder.decode(event["body"])
    except msgspec.ValidationError:
        return {"statusCode": 422}
    body = msgspec.json.encode(_service.place(new)).decode()
    return {"statusCode": 201, "headers": {"content-type": "application/json"}, "body": body}
