"""HTTP events of Lambda with hostile values, each with the allowed statuses."""

import base64
import json
from typing import Any

from tests.unit.sample_service.conftest import TOKEN, body
from tests.unit.sample_service.hostile.bodies import EXPENSIVE


def event(
    method: str = "GET", path: str = "/livez", *, query: str = "", content: str | None = None, **headers: str
) -> dict:
    """An event as defined by https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads."""
    fixed = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json", "host": "orders"}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": fixed | {name.replace("_", "-"): value for name, value in headers.items()},
        "requestContext": {"http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"}},
        "isBase64Encoded": False,
    }
    return event | ({"body": content} if content is not None else {})


def _post(content: str, **headers: str) -> dict:
    return event("POST", "/orders", content=content, **headers)


ORDER = json.dumps(body())

EVENTS: dict[str, tuple[dict[str, Any], tuple[int, ...]]] = {
    **{f"body with {name}": (_post(content.decode()), (400, 422)) for name, content in EXPENSIVE.items()},
    "no body": (event("POST", "/orders"), (400,)),
    "an empty body": (_post(""), (400,)),
    "a body of 1 MB": (_post('"' + "x" * 2**20 + '"'), (413,)),
    "a body of 6 MB": (_post("[" * 6 * 2**20), (413,)),
    "a Base64 body": (_post(base64.b64encode(ORDER.encode()).decode()) | {"isBase64Encoded": True}, (201,)),
    "a Base64 body of other bytes": (_post("//79") | {"isBase64Encoded": True}, (400,)),
    "a truncated Base64 body": (_post("A") | {"isBase64Encoded": True}, (400,)),
    "a body that is not Base64": (_post("{}") | {"isBase64Encoded": True}, (400,)),
    "a lone surrogate in the body": (_post('{"customer":"\ud800"}'), (400,)),
    "a null in the body": (_post('{"customer":"\x00"}'), (400,)),
    "a length of text": (_post(ORDER, content_length="abc"), (201, 400)),
    "a negative length": (_post(ORDER, content_length="-1"), (201, 400)),
    "a length of 1 TB": (_post(ORDER, content_length=str(10**12)), (413,)),
    "two keys": (_post(ORDER, idempotency_key="k1,k2"), (422,)),
    "two equal keys": (_post(ORDER, idempotency_key="k1, k1"), (422,)),
    "a key of emoji": (_post(ORDER, idempotency_key="😀"), (400, 422)),
    "a key of 9 KB": (_post(ORDER, idempotency_key="k" * 9000), (422,)),
    "a token of emoji": (event("GET", "/orders", authorization="Bearer 😀"), (400, 401)),
    "a token with a lone surrogate": (event("GET", "/orders", authorization="Bearer \ud800"), (400, 401)),
    "two tokens": (event("GET", "/orders", authorization=f"Bearer {TOKEN},Bearer {TOKEN}"), (401,)),
    "no token": (event("GET", "/orders", authorization=""), (401,)),
    "an empty token": (event("GET", "/orders", authorization="Bearer "), (401,)),
    "a host with two ports": (event(host="a:1:2"), (200, 400)),
    "a host with a port of text": (event(host="a:b"), (200, 400)),
    "an empty host": (event(host=""), (200, 400)),
    "an IPv6 host": (event(host="[::1]"), (200, 400)),
    "a forwarded port of text": (event(x_forwarded_port="x"), (200, 400)),
    "a forwarded scheme": (event(x_forwarded_proto="gopher"), (200, 400)),
    "a trace header": (event("GET", "/orders/x", x_amzn_trace_id="Root=1-x;;=;Sampled=9"), (404,)),
    "a trace header of emoji": (event("GET", "/orders/x", x_amzn_trace_id="😀"), (400, 404)),
    "a header of 9 KB": (event(x="x" * 9000), (200,)),
    "a header of line ends": (event(x="1\r\nSet-Cookie: a=b"), (200, 400)),
    "500 headers": (event(**{f"x{n}": "1" for n in range(500)}), (200,)),
    "a cookie": (event() | {"cookies": ["a=b"] * 100}, (200,)),
    "no headers": (event() | {"headers": {}}, (200,)),
    "an unknown method": (event("FOO", "/orders"), (400, 405)),
    "an empty method": (event("", "/orders"), (400, 405)),
    "an empty path": (event(path=""), (401, 404)),
    "a path of two slashes": (event(path="//"), (404,)),
    "a path with dots": (event(path="/orders/../livez"), (404,)),
    "an encoded path": (event(path="/orders/%2e%2e"), (404,)),
    "a path with a null": (event(path="/orders/%00"), (404,)),
    "a path with a line end": (event(path="/orders/%0d%0a"), (404,)),
    "a path with emoji": (event(path="/orders/😀"), (404,)),
    "a path of invalid UTF-8": (event(path="/orders/%ff"), (404,)),
    "a path with a lone surrogate": (event(path="/orders/\ud800"), (400, 404)),
    "a path of 9 KB": (event(path="/orders/" + "x" * 9000), (404,)),
    "a query of emoji": (event(path="/orders", query="customer=😀"), (400, 422)),
    "a query with a lone surrogate": (event(path="/orders", query="customer=\ud800"), (400, 422)),
    "a query of invalid UTF-8": (event(path="/orders", query="customer=%ff"), (422,)),
    "a query of 9 KB": (event(path="/orders", query="&=" * 4500), (422,)),
    "a repeated parameter": (event(path="/orders", query="customer=a&customer=b"), (422,)),
    "a limit with an exponent": (event(path="/orders", query="customer=a&limit=1e1"), (422,)),
    "a cursor of emoji": (event(path="/orders", query="customer=a&cursor=%F0%9F%98%80"), (422,)),
    "a cursor of another shape": (event(path="/orders", query="customer=a&cursor=W10"), (422,)),
}
