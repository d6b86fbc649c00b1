"""Bodies of up to 64 KiB that are expensive to validate or to describe."""

import json

from tests.unit.sample_service.conftest import body

LIMIT = 64 * 1024
_LINE = {"sku": "tea", "quantity": 1, "unit_price_minor": 1}


def _filled(start: str, piece: str, end: str) -> bytes:
    count = (LIMIT - len(start) - len(end)) // len(piece.encode()) - 1
    return (start + piece * count + end).encode()


def _order(**changes: object) -> bytes:
    return json.dumps(body(**changes)).encode()


def _keys(form: str) -> bytes:
    pairs: list[str] = []
    size = 0
    while size < LIMIT - 500:
        pairs.append(f"{json.dumps(form.format(len(pairs)), ensure_ascii=False)}:0")
        size += len(pairs[-1].encode()) + 1
    return ("{" + ",".join(pairs) + "}").encode()


def _nested(open_: str, close: str, depth: int, core: str = "0") -> bytes:
    return (open_ * depth + core + close * depth).encode()


EXPENSIVE: dict[str, bytes] = {
    "many empty lines": _filled('{"lines":[', "{},", "{}]}"),
    "many null lines": _filled('{"lines":[', "null,", "null]}"),
    "many numbers as lines": _filled('{"lines":[', "1,", "1]}"),
    "many texts as lines": _filled('{"lines":[', '"",', '""]}'),
    "many lists as lines": _filled('{"lines":[', "[],", "[]]}"),
    "many valid lines": _filled('{"lines":[', json.dumps(_LINE) + ",", json.dumps(_LINE) + "]}"),
    "50 empty lines": _order(lines=[{}] * 50),
    "50 lines of the wrong type": _order(lines=[[]] * 50),
    "50 lines with 300 unknown fields": _order(lines=[{f"f{n}": 0 for n in range(120)}] * 50)[:LIMIT],
    "a line with many unknown fields": json.dumps({"lines": [{f"f{n}": 0 for n in range(5000)}]}).encode(),
    "many unknown fields": _keys("f{}"),
    "many unknown fields that look like pointers": _keys("/~/~{}"),
    "many unknown fields of control characters": _keys("\x01" * 40 + "{}"),
    "many unknown fields of emoji": _keys("😀" * 40 + "{}"),
    "many duplicates of one field": _filled("{", '"customer":1,', '"customer":1}'),
    "many duplicates of the lines": _filled("{", '"lines":[],', '"lines":[]}'),
    "many duplicates of an unknown field": _filled("{", '"x":1,', '"x":1}'),
    "one unknown field of 64 KB": _filled('{"', "k", '":1}'),
    "one unknown field of quotes": _filled('{"', '\\"', '":1}'),
    "one unknown field of tildes": _filled('{"', "~", '":1}'),
    "a customer of 64 KB": _filled('{"customer":"', "c", '"}'),
    "a customer of control characters": _filled('{"customer":"', "\\u0001", '"}'),
    "a customer of quotes": _filled('{"customer":"', '\\"', '"}'),
    "a customer of emoji": _filled('{"customer":"', "😀", '"}'),
    "a currency of 64 KB": _filled('{"currency":"', "E", '"}'),
    "a SKU of 64 KB": _filled('{"lines":[{"sku":"', "t", '"}]}'),
    "a quantity of 64,000 digits": _filled('{"lines":[{"quantity":', "9", "}]}"),
    "a quantity with 64,000 decimals": _filled('{"lines":[{"quantity":1.', "9", "}]}"),
    "a quantity with a large exponent": b'{"lines":[{"quantity":1e999999}]}',
    "many large floats": _filled("[", "1e308,", "1]"),
    "many overflowing floats": _filled("[", "1e400,", "1]"),
    "900 nested lists": _nested("[", "]", 900),
    "30,000 nested lists": _nested("[", "]", 30_000),
    "900 nested objects": _nested('{"a":', "}", 900),
    "9,000 nested objects": _nested('{"a":', "}", 9_000),
    "nested lines": _nested('{"lines":[', "]}", 400, "{}"),
    "a nested customer": b'{"customer":' + _nested("[", "]", 900) + b"}",
    "a nested unknown field": b'{"x":' + _nested('{"a":', "}", 900) + b"}",
    "many open lists": b"[" * LIMIT,
    "many open objects": b'{"":' * (LIMIT // 5),
    "many spaces": b" " * (LIMIT - 2) + b"{}",
    "many spaces between fields": _filled("{", " ", '"customer":1}'),
    "one text of 64 KB": _filled('"', "x", '"'),
    "one text of escapes": _filled('"', "\\u0000", '"'),
    "one text of surrogate pairs": _filled('"', "\\ud83d\\ude00", '"'),
    "one list of true": _filled("[", "true,", "true]"),
}
