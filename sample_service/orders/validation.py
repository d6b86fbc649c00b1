"""Parsing of requests, with all faults reported at once."""

from collections.abc import Iterator, Mapping
from inspect import isclass
from typing import Annotated, Any, TypeVar, get_args, get_origin

import falcon
import falcon.asgi
import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from orders.model import Fault

T = TypeVar("T")
MAX_BODY_BYTES = 64 * 1024

_DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class InvalidJson(Exception):
    """The body is not JSON."""


class ValidationError(Exception):
    """The request is invalid; `faults` has one entry for each invalid part."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.field} {fault.wrong}" for fault in faults))
        self.faults = list(faults)


async def read_body(request: falcon.asgi.Request) -> bytes:
    """Return the body of a request, which must be JSON of at most 64 KiB.

    Raises:
        falcon.HTTPUnsupportedMediaType: the body has another media type.
        falcon.HTTPContentTooLarge: the body is larger.
    """
    media_type = (request.content_type or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise falcon.HTTPUnsupportedMediaType(
            description=f"got {media_type or 'no Content-Type'}; send application/json"
        )
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise _too_large()
    body: bytes = await request.stream.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise _too_large()
    return body


def parse_json(body: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
    """Decode a body; a second pass collects all faults if the first one fails.

    Raises:
        InvalidJson: the body is not JSON.
        ValidationError: the body is JSON, but not of the decoder's type.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        return _validate(_decode_any(body), decoder.type)
    except _DECODE_ERRORS as error:
        raise InvalidJson(str(error)) from None


def parse_parameters(values: Mapping[str, Any], expected: type[T]) -> T:
    """Convert parameters or headers to a struct; all their values are text.

    Raises:
        ValidationError: a value is invalid.
    """
    try:
        return msgspec.convert(values, expected, strict=False)
    except msgspec.ValidationError as error:
        raise _error(dict(values), expected, error, strict=False) from None


def _validate(value: Any, expected: type[T]) -> T:
    try:
        return msgspec.convert(value, expected)
    except msgspec.ValidationError as error:
        raise _error(value, expected, error, strict=True) from None


def _decode_any(body: bytes) -> Any:
    try:
        return _untyped_decoder.decode(body)
    except _DECODE_ERRORS as error:
        raise InvalidJson(str(error)) from None


def _integral(text: str) -> float:
    """Parse a number as JSON Schema does: 2.0 is an integer."""
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


_untyped_decoder = msgspec.json.Decoder(float_hook=_integral)


def _error(value: Any, expected: Any, error: Exception, *, strict: bool) -> ValidationError:
    found = list(_faults_in(value, expected, "", strict=strict))
    found = found or [Fault(field="", wrong=str(error), allowed="see the OpenAPI document")]
    # Within a body, fields are JSON pointers; parameters and headers have names.
    return (
        ValidationError(*found)
        if strict
        else ValidationError(*(replace(fault, field=fault.field[1:]) for fault in found))
    )


def _faults_in(value: Any, expected: Any, pointer: str, *, strict: bool) -> Iterator[Fault]:
    kind, allowed = _type_and_description(expected)
    if isclass(kind) and issubclass(kind, Struct) and isinstance(value, dict):
        yield from _faults_in_object(value, kind, pointer, strict=strict)
    elif get_origin(kind) is list and isinstance(value, list):
        if _is_invalid(value, Annotated[(list[Any], *_metadata(expected))], strict=strict):
            yield Fault(field=pointer, wrong=f"has {len(value)} entries", allowed=allowed)
        for index, entry in enumerate(value):
            yield from _faults_in(entry, get_args(kind)[0], _join(pointer, str(index)), strict=strict)
    elif _is_invalid(value, expected, strict=strict):
        yield Fault(field=pointer, wrong=f"is {_excerpt(value)}", allowed=allowed)


def _faults_in_object(value: dict[str, Any], kind: type[Struct], pointer: str, *, strict: bool) -> Iterator[Fault]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name, field in fields.items():
        if name in value:
            yield from _faults_in(value[name], field.type, _join(pointer, name), strict=strict)
        elif field.required:
            yield Fault(field=_join(pointer, name), wrong="is missing", allowed=_type_and_description(field.type)[1])
    if kind.__struct_config__.forbid_unknown_fields:
        for name in value.keys() - fields.keys():
            yield Fault(field=_join(pointer, name), wrong="is not a known field", allowed=f"one of {', '.join(fields)}")


def _is_invalid(value: Any, expected: Any, *, strict: bool) -> bool:
    try:
        msgspec.convert(value, expected, strict=strict)
    except msgspec.ValidationError:
        return True
    return False


def _type_and_description(expected: Any) -> tuple[Any, str]:
    """Return the type without metadata, and a description of the allowed values."""
    kind = get_args(expected)[0] if get_origin(expected) is Annotated else expected
    for meta in _metadata(expected):
        if meta.description:
            return kind, meta.description
    if isclass(kind) and issubclass(kind, Struct):
        return kind, f"an object with {', '.join(kind.__struct_encode_fields__)}"
    return kind, f"a value of type {getattr(kind, '__name__', kind)}"


def _metadata(expected: Any) -> list[Meta]:
    return [meta for meta in getattr(expected, "__metadata__", ()) if isinstance(meta, Meta)]


def _join(pointer: str, name: str) -> str:
    return f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"


def _excerpt(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else text[:57] + "..."


def _too_large() -> falcon.HTTPError:
    return falcon.HTTPContentTooLarge(description=f"a body may have {MAX_BODY_BYTES} bytes at most")
