"""Parsing of requests, with many faults reported at once, in bounded time and space."""

import re
from collections.abc import Iterator, Mapping
from inspect import isclass
from itertools import islice
from typing import Annotated, Any, TypeVar, get_args, get_origin

import falcon
import falcon.asgi
import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from orders.model import Fault

T = TypeVar("T")
MAX_BODY_BYTES = 64 * 1024
MAX_FAULTS = 50
_MAX_NAME = 40  # characters of a field name in a fault
_MAX_TEXT = 60  # characters of a value in a fault

_DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class InvalidJson(Exception):
    """The body is not JSON."""


class ValidationError(Exception):
    """The request is invalid.

    Attributes:
        faults: One entry for each invalid part, at most 50.
        has_more: Whether further parts are invalid, or were not validated.
    """

    def __init__(self, *faults: Fault, has_more: bool = False) -> None:
        super().__init__("; ".join(f"{fault.field} {fault.wrong}" for fault in faults))
        self.faults = list(faults)
        self.has_more = has_more


async def read_body(request: falcon.asgi.Request) -> bytes:
    """Return the body of a request, which must be JSON of at most 64 KiB.

    Raises:
        falcon.HTTPUnsupportedMediaType: the body has another media type.
        falcon.HTTPContentTooLarge: the body is larger.
    """
    media_type = (request.content_type or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise falcon.HTTPUnsupportedMediaType(
            description=f"got {_shorten(media_type, _MAX_TEXT) or 'no Content-Type'}; send application/json"
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
        parameters = msgspec.convert(values, expected, strict=False)
    except msgspec.ValidationError as error:
        raise _error(dict(values), expected, error, strict=False) from None
    for name, text in values.items():  # the conversion accepts 1e1, +1 and surrounding spaces
        if isinstance(getattr(parameters, name, ""), int) and not _is_decimal(text):
            raise ValidationError(Fault(field=name, wrong=f"is {_excerpt(text)}", allowed=_allowed(expected, name)))
    return parameters


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
    found = list(islice(_faults_in(value, expected, "", strict=strict), MAX_FAULTS + 1))
    found = found or [Fault(field="", wrong=_shorten(str(error), 200), allowed="see the OpenAPI document")]
    listed = found[:MAX_FAULTS]
    # Within a body, fields are JSON pointers; parameters and headers have names.
    named = listed if strict else [replace(fault, field=fault.field[1:]) for fault in listed]
    return ValidationError(*named, has_more=len(found) > MAX_FAULTS)


def _faults_in(value: Any, expected: Any, pointer: str, *, strict: bool) -> Iterator[Fault]:
    """Yield faults lazily: the reader stops at the limit."""
    kind, allowed = _type_and_description(expected)
    if isclass(kind) and issubclass(kind, Struct) and isinstance(value, dict):
        yield from _faults_in_object(value, kind, pointer, strict=strict)
    elif get_origin(kind) is list and isinstance(value, list):
        # A list of the wrong length is one fault, whatever its entries are.
        if _is_invalid(value, Annotated[(list[Any], *_metadata(expected))], strict=strict):
            yield Fault(field=pointer, wrong=f"has {len(value)} entries", allowed=allowed)
            return
        for index, entry in enumerate(value):
            yield from _faults_in(entry, get_args(kind)[0], _join(pointer, str(index)), strict=strict)
    elif _is_invalid(value, expected, strict=strict) or (not strict and kind is int and not _is_decimal(value)):
        yield Fault(field=pointer, wrong=f"is {_excerpt(value)}", allowed=allowed)


def _faults_in_object(value: dict[str, Any], kind: type[Struct], pointer: str, *, strict: bool) -> Iterator[Fault]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name, field in fields.items():
        if name in value:
            yield from _faults_in(value[name], field.type, _join(pointer, name), strict=strict)
        elif field.required:
            yield Fault(field=_join(pointer, name), wrong="is missing", allowed=_type_and_description(field.type)[1])
    if kind.__struct_config__.forbid_unknown_fields:
        for name in value:
            if name not in fields:
                yield Fault(
                    field=_join(pointer, name), wrong="is not a known field", allowed=f"one of {', '.join(fields)}"
                )


def _is_invalid(value: Any, expected: Any, *, strict: bool) -> bool:
    try:
        msgspec.convert(value, expected, strict=strict)
    except msgspec.ValidationError:
        return True
    return False


def _is_decimal(text: Any) -> bool:
    return isinstance(text, str) and re.fullmatch(r"-?(0|[1-9][0-9]{0,18})", text) is not None


def _allowed(kind: Any, name: str) -> str:
    [field] = (field for field in msgspec.structs.fields(kind) if field.encode_name == name)
    return _type_and_description(field.type)[1]


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
    return f"{pointer}/{_shorten(name, _MAX_NAME).replace('~', '~0').replace('/', '~1')}"


def _excerpt(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, str):
        value = value[: _MAX_TEXT + 1]  # the rest is not shown
    return _shorten(msgspec.json.encode(value).decode(), _MAX_TEXT)


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."


def _too_large() -> falcon.HTTPError:
    return falcon.HTTPContentTooLarge(description=f"a body may have {MAX_BODY_BYTES} bytes at most")
