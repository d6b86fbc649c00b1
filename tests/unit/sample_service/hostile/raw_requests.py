"""Requests as bytes, each with the statuses that the server may respond with.

The status 0 stands for a closed connection without a response.
"""

import base64
import json
from dataclasses import dataclass

from tests.unit.sample_service.conftest import body

TOKEN = "Authorization: Bearer sesame"
HOST = "Host: orders"
JSON = "Content-Type: application/json"
ORDER = json.dumps(body())
CLOSED = 0


@dataclass(frozen=True)
class RawRequest:
    """Bytes for a connection, and the allowed statuses of the first response."""

    data: bytes
    allowed: tuple[int, ...]


def _request(line: str, *headers: str, body: str | bytes = b"") -> bytes:
    content = body.encode() if isinstance(body, str) else body
    return "\r\n".join([line, *headers, "", ""]).encode("latin-1") + content


def _post(*headers: str, body: str | bytes = ORDER, length: str | None = None) -> bytes:
    size = len(body.encode() if isinstance(body, str) else body)
    declared = () if length == "" else (f"Content-Length: {length or size}",)
    return _request("POST /orders HTTP/1.1", HOST, TOKEN, JSON, *declared, *headers, body=body)


def _chunked(chunks: bytes, *headers: str) -> bytes:
    return _request("POST /orders HTTP/1.1", HOST, TOKEN, JSON, "Transfer-Encoding: chunked", *headers, body=chunks)


def _get(target: str, *headers: str) -> bytes:
    return _request(f"GET {target} HTTP/1.1", HOST, TOKEN, *headers)


def _live(*headers: str) -> bytes:
    return _request("GET /livez HTTP/1.1", *headers)


_ONE_CHUNK = f"{len(ORDER):x}\r\n{ORDER}\r\n".encode()

_VERSIONS = {
    f"version {version or 'missing'}": RawRequest(_request(f"GET /livez {version}".strip(), HOST), allowed)
    for version, allowed in {
        "": (400, 505),
        "HTTP/0.9": (400, 505),
        "HTTP/1.0": (200,),
        "HTTP/1.1": (200,),
        "HTTP/1.2": (400, 505),
        "HTTP/1.10": (400,),
        "HTTP/2.0": (400, 505),
        "HTTP/2": (400, 505),
        "HTTP/3.0": (400, 505),
        "HTTP/9.9": (400, 505),
        "http/1.1": (400,),
        "HTTP/1,1": (400,),
        "HTTP/-1.1": (400,),
        "HTTP/1.1 extra": (400,),
        "HTTPS/1.1": (400,),
        "ICY/1.1": (400,),
        "RTSP/1.0": (200, 400, 505),
    }.items()
}

_HOSTS = {
    f"hosts {hosts!r}": RawRequest(_live(*hosts), allowed)
    for hosts, allowed in {
        (): (400,),
        ("Host:",): (400,),
        ("Host:  ",): (400,),
        ("Host: a", "Host: a"): (400,),
        ("Host: a", "Host: b"): (400,),
        ("host: a", "HOST: b"): (400,),
        ("Host: a, b",): (400,),
        ("Host: a b",): (400,),
        ("Host: a/b",): (400,),
        ("Host: a@b",): (400,),
        ('Host: "a"',): (400,),
        ("Host: <script>",): (400,),
        ("Host: \xff",): (400,),
        ("Host: " + "a" * 300,): (400,),
        ("Host: [::1]:8080",): (200,),
        ("Host: orders:99999",): (200,),
    }.items()
}

_METHODS = {
    f"method {method[:20]!r}": RawRequest(
        _request(f"{method} /orders HTTP/1.1", HOST, TOKEN, "Connection: close", "Content-Length: 0"), allowed
    )
    for method, allowed in {
        "DELETE": (405,),
        "PUT": (405,),
        "PATCH": (405,),
        "TRACE": (400, 405),
        "OPTIONS": (200, 405),
        "HEAD": (405, 422),
        "CONNECT": (400, 404, 405),
        "PROPFIND": (400, 405),
        "PRI": (400, 405),
        "get": (400,),
        "G": (400,),
        "GETT": (400,),
        "FOO": (400,),
        "": (400,),
        "\x00": (400,),
        "A" * 5000: (400,),
    }.items()
}

_TARGETS = {
    f"target {target[:30]!r}": RawRequest(_get(target), allowed)
    for target, allowed in {
        "*": (400, 404),
        "//": (404,),
        "//orders": (400, 404, 422),
        "/./orders": (404,),
        "/../../etc/passwd": (404,),
        "/orders/%2e%2e/livez": (404,),
        "/orders/..%2f..%2fetc": (404,),
        "/orders/%00": (404,),
        "/orders/%ff%fe": (404,),
        "/orders/%": (404,),
        "/orders/%zz": (404,),
        "/orders/%0d%0aSet-Cookie:%20a=b": (404,),
        "/orders/ord_" + "0" * 32 + "%0a": (404,),
        "/orders/ord_" + "0" * 32: (404,),
        "/orders/idempotency%23k1": (404,),
        "/orders/\xff": (400, 404),
        "/orders?customer=\xff": (400, 422),
        "/orders?customer=c-42": (200,),
        "/orders?customer=c-42#fragment": (200, 400),
        "/orders?customer=%00": (422,),
        "/orders?customer=c-42&limit=1e1": (422,),
        "/orders?customer=c-42&limit=%2B1": (422,),
        "/orders?customer=c-42&limit=99999999999999999999": (422,),
        "/orders?customer=c-42&limit=-1": (422,),
        "/orders?customer=c-42&limit=NaN": (422,),
        "/orders?customer=c-42&limit=1&limit=2": (422,),
        "/orders?customer[]=c-42": (422,),
        "/orders?" + "&" * 5000: (422,),
        "/orders?" + "a=b&" * 5000: (422,),
        "/orders?customer=" + "c" * 20_000: (422,),
        "/" + "a" * 40_000: (431,),
        "/livez?" + "a" * 200_000: (431,),
        "http://orders/livez": (200, 400),
        "http://orders@evil/livez": (200, 400),
        "http://": (400,),
        "orders": (400,),
        "": (400,),
        "/livez/": (404, 401),
        "/LIVEZ": (404,),
        "/readyz": (200,),
        "/docs?x=<script>": (200,),
    }.items()
}

_CURSORS = {
    f"cursor {number}": RawRequest(_get(f"/orders?customer=c-42&cursor={cursor}"), (422,))
    for number, cursor in enumerate(
        [
            "A",
            "====",
            "%00",
            "..",
            "W10",
            "A" * 200,
            "A" * 201,
            *(
                base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
                for text in (
                    "[]",
                    "{}",
                    "null",
                    "[1,2]",
                    '["ord_1","x"]',
                    '["ord_' + "0" * 32 + '","2026"]',
                    '["ord_' + "0" * 32 + '","2026-11-24T11:13:55.120Z\\n"]',
                    '["ord_' + "0" * 32 + '","2026-11-24T11:13:55.120Z","c-43"]',
                    "[" * 100,
                    "9" * 140,
                )
            ),
        ]
    )
}

_HEADERS = {
    "101 headers": RawRequest(_live(HOST, *(f"X-{n}: 1" for n in range(101))), (431,)),
    "100 headers": RawRequest(_live(HOST, *(f"X-{n}: 1" for n in range(99))), (200,)),
    "10,000 headers": RawRequest(_live(HOST, *(f"X-{n}: 1" for n in range(10_000))), (431,)),
    "the same header 10,000 times": RawRequest(_live(HOST, *["A: b"] * 10_000), (431,)),
    "a header of 40 KB": RawRequest(_live(HOST, "X: " + "x" * 40_000), (431,)),
    "a header of 3 MB": RawRequest(_live(HOST, "X: " + "x" * 3_000_000), (431, CLOSED)),
    "a header of 3 MB without an end": RawRequest(b"GET /livez HTTP/1.1\r\nX: " + b"x" * 3_000_000, (431, CLOSED)),
    "a name of 40 KB": RawRequest(_live(HOST, "x" * 40_000 + ": 1"), (431,)),
    "a name of 3 MB": RawRequest(_live(HOST, "x" * 3_000_000 + ": 1"), (431, CLOSED)),
    "a space before the colon": RawRequest(_live(HOST, "X : 1"), (400,)),
    "a space in a name": RawRequest(_live(HOST, "X Y: 1"), (400,)),
    "no colon": RawRequest(_live(HOST, "X"), (400,)),
    "no name": RawRequest(_live(HOST, ": 1"), (400,)),
    "a folded header": RawRequest(_live(HOST, "X: 1\r\n 2"), (200, 400)),
    "a null in a name": RawRequest(_live(HOST, "X\x00: 1"), (400,)),
    "a null in a value": RawRequest(_live(HOST, "X: \x00"), (400,)),
    "a vertical tab in a token": RawRequest(_get("/livez", "Authorization: Bearer sesame\x0b"), (400,)),
    "a bell in a value": RawRequest(_live(HOST, "X: \x07"), (200, 400)),
    "a lone carriage return": RawRequest(_live(HOST, "X: 1\r2"), (400,)),
    "line feeds only": RawRequest(b"GET /livez HTTP/1.1\nHost: orders\n\n", (200, 400)),
    "a header before the request line": RawRequest(b"Host: orders\r\n\r\n", (400,)),
    "a response instead of a request": RawRequest(b"HTTP/1.1 200 OK\r\n\r\n", (400,)),
    "a TLS hello": RawRequest(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100, (400,)),
    "an SSH banner": RawRequest(b"SSH-2.0-OpenSSH_9.9\r\n", (400,)),
    "random bytes": RawRequest(bytes(range(256)) * 8, (400,)),
    "only zeros": RawRequest(b"\x00" * 4096, (400,)),
    "only line ends": RawRequest(b"\r\n" * 4096, (CLOSED,)),
    "1 MB of line ends": RawRequest(b"\r\n" * 500_000, (431, CLOSED)),
    "a PROXY header": RawRequest(b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + _live(HOST), (400,)),
    "an HTTP/2 preface": RawRequest(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 505)),
    "nothing": RawRequest(b"", (CLOSED,)),
    "half a request line": RawRequest(b"GET /liv", (CLOSED,)),
    "half a head": RawRequest(b"GET /livez HTTP/1.1\r\nHost: ord", (CLOSED,)),
    "no end of the head": RawRequest(b"GET /livez HTTP/1.1\r\nHost: orders\r\n", (CLOSED,)),
    "an upgrade to h2c": RawRequest(
        _live(HOST, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"), (200,)
    ),
    "an upgrade to WebSocket": RawRequest(
        _live(
            HOST, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AA=="
        ),
        (200,),
    ),
    "an upgrade and 1 MB": RawRequest(
        _live(HOST, "Connection: Upgrade", "Upgrade: x") + b"x" * 1_000_000, (200, CLOSED)
    ),
    "CONNECT with an authority": RawRequest(_request("CONNECT orders:443 HTTP/1.1", HOST), (400, 401, 404, 405)),
    "a Range": RawRequest(_live(HOST, "Range: bytes=0-0,1-1,2-2"), (200,)),
    "an If-Modified-Since": RawRequest(_live(HOST, "If-Modified-Since: tomorrow"), (200,)),
    "a Cookie": RawRequest(_live(HOST, "Cookie: " + "a=b; " * 2000), (200,)),
    "an Accept": RawRequest(_live(HOST, "Accept: */*;q=2, ,,;"), (200,)),
    "a Forwarded header": RawRequest(_live(HOST, 'Forwarded: for="[::1";by=;proto'), (200,)),
    "a trace header": RawRequest(_get("/orders/x", "X-Amzn-Trace-Id: Root=1-x;;=;Sampled=9"), (404,)),
    "a trace header of 8 KB": RawRequest(_get("/orders/x", "X-Amzn-Trace-Id: " + "Root=1;" * 1200), (404,)),
    "a method override": RawRequest(_live(HOST, "X-HTTP-Method-Override: DELETE"), (200,)),
    "an Expect of another kind": RawRequest(_live(HOST, "Expect: teapot"), (200, 417)),
}

_FRAMING = {
    f"framing {name}": RawRequest(data, allowed)
    for name, (data, allowed) in {
        "length and chunks": (_chunked(_ONE_CHUNK + b"0\r\n\r\n", "Content-Length: 5"), (400,)),
        "chunks and length": (_post("Transfer-Encoding: chunked"), (400,)),
        "two lengths": (_post(f"Content-Length: {len(ORDER) + 1}"), (400,)),
        "two equal lengths": (_post(f"Content-Length: {len(ORDER)}"), (400,)),
        "a list of lengths": (_post(length="5, 5"), (400,)),
        "a negative length": (_post(length="-1"), (400,)),
        "a signed length": (_post(length="+5"), (400,)),
        "a hexadecimal length": (_post(length="0x5"), (400,)),
        "a decimal length": (_post(length="5.0"), (400,)),
        "a length of text": (_post(length="abc"), (400,)),
        "an empty length": (_post(length=" "), (400,)),
        "a length beyond 64 bit": (_post(length="9" * 30), (400,)),
        "a length of 1 TB": (_post(length=str(10**12)), (413,)),
        "a length of 1 TB without a body": (_post(length=str(10**12), body=b""), (413,)),
        "a length of 64 KiB and 1": (_post(length="65537"), (413,)),
        "a longer length": (_post(length=str(len(ORDER) + 1)), (CLOSED,)),
        "a shorter length": (_post(length=str(len(ORDER) - 1)), (400,)),
        "no length": (_post(length=""), (400,)),
        "a length in GET": (_get("/orders/x", "Content-Length: 3") + b"abc", (404,)),
        "chunks": (_chunked(_ONE_CHUNK + b"0\r\n\r\n"), (201,)),
        "chunks with extension": (_chunked(f"{len(ORDER):x};a=b\r\n{ORDER}\r\n0\r\n\r\n".encode()), (201, 400)),
        "a chunk extension of 100 KB": (_chunked(b"1;" + b"a" * 100_000 + b"\r\n{\r\n0\r\n\r\n"), (400, 431)),
        "trailers": (_chunked(_ONE_CHUNK + b"0\r\nX: 1\r\n\r\n"), (201,)),
        "a Host as trailer": (_chunked(_ONE_CHUNK + b"0\r\nHost: evil\r\n\r\n"), (201, 400)),
        "200 trailers": (_chunked(_ONE_CHUNK + b"0\r\n" + b"X: 1\r\n" * 200 + b"\r\n"), (431,)),
        "a trailer of 3 MB": (_chunked(_ONE_CHUNK + b"0\r\nX: " + b"x" * 3_000_000), (431, CLOSED)),
        "no last chunk": (_chunked(_ONE_CHUNK), (CLOSED,)),
        "no end of the trailers": (_chunked(_ONE_CHUNK + b"0\r\n"), (CLOSED,)),
        "a chunk size of text": (_chunked(b"xyz\r\n"), (400,)),
        "a negative chunk size": (_chunked(b"-1\r\n"), (400,)),
        "a prefixed chunk size": (_chunked(b"0x1\r\n{\r\n"), (400,)),
        "a chunk size beyond 64 bit": (_chunked(b"f" * 17 + b"\r\n"), (400,)),
        "a large chunk size": (_chunked(b"7fffffffffffffff\r\n"), (CLOSED,)),
        "a space in a chunk size": (_chunked(b"1 0\r\n{\r\n"), (400,)),
        "a chunk that is too long": (_chunked(b"1\r\n{}\r\n"), (400,)),
        "a chunk with a line feed": (_chunked(b"1\n{\n0\n\n"), (400,)),
        "70 KB in chunks": (_chunked((b"400\r\n" + b"[" * 1024 + b"\r\n") * 70), (413,)),
        "many chunks of one byte": (_chunked(b"1\r\n[\r\n" * 20_000), (413, 431)),
        "another coding": (_post("Transfer-Encoding: gzip", length=""), (400,)),
        "a coding before chunked": (
            _request(
                "POST /orders HTTP/1.1",
                HOST,
                TOKEN,
                JSON,
                "Transfer-Encoding: gzip, chunked",
                body=_ONE_CHUNK + b"0\r\n\r\n",
            ),
            (201, 400, 501),
        ),
        "chunked before a coding": (
            _request(
                "POST /orders HTTP/1.1",
                HOST,
                TOKEN,
                JSON,
                "Transfer-Encoding: chunked, gzip",
                body=_ONE_CHUNK + b"0\r\n\r\n",
            ),
            (400,),
        ),
        "chunked twice": (
            _request(
                "POST /orders HTTP/1.1",
                HOST,
                TOKEN,
                JSON,
                "Transfer-Encoding: chunked",
                "Transfer-Encoding: chunked",
                body=_ONE_CHUNK + b"0\r\n\r\n",
            ),
            (201, 400),
        ),
        "identity": (_post("Transfer-Encoding: identity"), (400,)),
        "a vertical tab before chunked": (
            _request("POST /orders HTTP/1.1", HOST, TOKEN, JSON, "Transfer-Encoding: \x0bchunked", body=_ONE_CHUNK),
            (400,),
        ),
        "chunked in HTTP/1.0": (
            _request(
                "POST /orders HTTP/1.0", HOST, TOKEN, JSON, "Transfer-Encoding: chunked", body=_ONE_CHUNK + b"0\r\n\r\n"
            ),
            (201, 400),
        ),
        "an expectation": (_post("Expect: 100-continue"), (100,)),
        "an expectation of 1 TB": (_post("Expect: 100-continue", length=str(10**12), body=b""), (413,)),
        "garbage after a request": (_live(HOST) + b"\x00\x01\x02", (200,)),
        "garbage after the last request": (_live(HOST, "Connection: close") + b"\x00\x01\x02", (200,)),
        "a request after the last request": (_live(HOST, "Connection: close") + _live(HOST), (200,)),
        "15 pipelined requests": (_live(HOST) * 15, (200,)),
        "5,000 pipelined requests": (_live(HOST) * 5000, (200,)),
        "a smuggled request": (_post(length="0") + _live(HOST), (400,)),
    }.items()
}

_TOKENS = {
    f"token {header[:40]!r}": RawRequest(
        _request("GET /orders?customer=c-42 HTTP/1.1", HOST, *([header] if header else [])), (401,)
    )
    for header in (
        "",
        "Authorization:",
        "Authorization: Bearer",
        "Authorization: Bearer ",
        "Authorization: Bearer  sesame",
        "Authorization: Bearer sesame sesame",
        "Authorization: Bearer SESAME",
        "Authorization: Bearer sesam",
        "Authorization: Bearer sesame1",
        "Authorization: Bearer\tsesame",
        "Authorization: Basic c2VzYW1lOnNlc2FtZQ==",
        "Authorization: sesame",
        "Authorization: Bearer s\xe9same",
        "Authorization: Bearer " + "x" * 20_000,
        "Authorization: Bearer sesame\r\nAuthorization: Bearer sesame",
        "Authorization: Bearer null",
        "X-Authorization: Bearer sesame",
        "Proxy-Authorization: Bearer sesame",
    )
}

_KEYS = {
    f"key {key[:30]!r}": RawRequest(_post(f"Idempotency-Key: {key}"), (422,))
    for key in (
        "",
        " ",
        "a b",
        "a,b",
        "a, b",
        "\xe9",
        "k" * 256,
        "k" * 20_000,
        "k1\r\nIdempotency-Key: k2",
        "k1\r\nIdempotency-Key: k1",
    )
}

_BODIES = {
    f"body {text[:40]!r}": RawRequest(_post(body=text), allowed)
    for text, allowed in {
        "": (400,),
        " ": (400,),
        "null": (422,),
        "true": (422,),
        "0": (422,),
        '""': (422,),
        "[]": (422,),
        "{}": (422,),
        "{": (400,),
        "}": (400,),
        "{}{}": (400,),
        "{},": (400,),
        "{'customer':1}": (400,),
        '{"customer":NaN}': (400,),
        '{"customer":Infinity}': (400,),
        '{"customer":-}': (400,),
        '{"customer":01}': (400,),
        '{"customer":"\\ud800"}': (400, 422),
        '{"customer":"\\x"}': (400,),
        '{"customer":"\x00"}': (400,),
        '{"customer":"c\\u0000"}': (422,),
        '{"\\u0000":1}': (422,),
        '{"__proto__":{"a":1}}': (422,),
        '{"$ref":"#"}': (422,),
        "/* */{}": (400,),
        "\ufeff{}": (400,),
        "[" * 30_000: (400,),
        '{"a":' * 10_000: (400,),
        "9" * 60_000: (400, 422),
        "1e" + "9" * 5_000: (400, 422),
        '"' + "x" * 60_000 + '"': (422,),
        '{"lines":[' + "{}," * 21_000 + "{}]}": (422,),
        json.dumps(body(customer="c\n")): (422,),
        json.dumps(body(customer="' OR 1=1 --")): (422,),
        json.dumps(body(customer={"S": "c"})): (422,),
        json.dumps(body(currency="eur")): (422,),
        json.dumps(body(currency="EUR\u200b")): (422,),
        json.dumps(body(lines=[{"sku": "tea", "quantity": 10**30, "unit_price_minor": 1}])): (422,),
        json.dumps(body(lines=[{"sku": "tea", "quantity": -1, "unit_price_minor": 1}])): (422,),
        json.dumps(body(lines=[{"sku": "tea", "quantity": 1e308, "unit_price_minor": 1}])): (422,),
        json.dumps(body(lines=[{"sku": "${jndi:ldap://x}", "quantity": 1, "unit_price_minor": 1}])): (422,),
        json.dumps(body(lines=[{"sku": "../tea", "quantity": 1, "unit_price_minor": 1}])): (422,),
        json.dumps(body(lines=[{"sku": "tea", "quantity": 100_000, "unit_price_minor": 10**9}] * 50)): (201,),
    }.items()
}
_BODIES |= {
    "body in Latin-1": RawRequest(_post(body='{"customer":"é"}'.encode("latin-1")), (400,)),
    "body in UTF-16": RawRequest(_post(body=ORDER.encode("utf-16")), (400,)),
    "body with overlong UTF-8": RawRequest(_post(body=b'{"customer":"\xc0\xaf"}'), (400,)),
    "body that is compressed": RawRequest(_post("Content-Encoding: gzip", body=b"\x1f\x8b\x08\x00"), (400,)),
    **{
        f"media type {media_type[:30]!r}": RawRequest(
            _request(
                "POST /orders HTTP/1.1", HOST, TOKEN, f"Content-Type: {media_type}", "Content-Length: 2", body="{}"
            ),
            (415,),
        )
        for media_type in (
            "",
            "text/json",
            "application/xml",
            "application/jsonx",
            "application/json, text/plain",
            "x" * 9000,
            "\xff",
        )
    },
}

RAW_REQUESTS: dict[str, RawRequest] = (
    _VERSIONS | _HOSTS | _METHODS | _TARGETS | _CURSORS | _HEADERS | _FRAMING | _TOKENS | _KEYS | _BODIES
)
