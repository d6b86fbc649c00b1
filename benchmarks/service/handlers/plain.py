"""A handler without a framework: the lower bound of cold starts and requests."""

from typing import Any

import msgspec

from benchmarks.service.candidates import _handle, _is_authorized


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Place an order."""
    if not _is_authorized(event["headers"].get("authorization", "")):
        return {"statusCode": 401}
    try:
        body = _handle(event["body"].encode())
    except msgspec.ValidationError:
        return {"statusCode": 422}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": body.decode()}
