"""Reading what a client sent, and naming everything that is wrong with it at once."""

from collections.abc import Iterator, Mapping
from inspect import isclass
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from orders.model import Fault

T = TypeVar("T")

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class NotJson(Exception):
    """A body that is no JSON at all."""


class Faulty(Exception):
    """A request that is not what it should be; `faults` names everything that is wrong with it."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.field} {fault.wrong}" for fault in faults))
        self.faults = list(faults)


def read_json(body: bytes, decoder: "msgspec.json.Decoder[T]") -> T:
    """Decode a body: one pass when it is right, a second one that looks for every fault when it is not.

    Raises:
        NotJson: it is not JSON.
        Faulty: it is JSON, but not of the decoder's type.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        return _read_again(_any_json(body), decoder.type)
    except _UNREADABLE as error:
        raise NotJson(str(error)) from None


def read_parameters(values: Mapping[str, Any], expected: type[T]) -> T:
    """Convert parameters or headers, which are all text, to a struct.

    Raises:
        Faulty: they are not of that type.
    """
    try:
        return msgspec.convert(values, expected, strict=False)
    except msgspec.ValidationError as error:
        raise _faulty(dict(values), expected, error, strict=False) from None


def _read_again(value: Any, expected: type[T]) -> T:
    try:
        return msgspec.convert(value, expected)
    except msgspec.ValidationError as error:
        raise _faulty(value, expected, error, strict=True) from None


def _any_json(body: bytes) -> Any:
    try:
        return _any_decoder.decode(body)
    except _UNREADABLE as error:
        raise NotJson(str(error)) from None


def _whole_if_it_is(text: str) -> float:
    """A number as JSON Schema sees it: 2.0 is an integer."""
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


_any_decoder = msgspec.json.Decoder(float_hook=_whole_if_it_is)


def _faulty(value: Any, expected: Any, error: Exception, *, strict: bool) -> Faulty:
    found = list(_faults_in(value, expected, "", strict=strict))
    found = found or [Fault(field="", wrong=str(error), allowed="what the OpenAPI document says")]
    # Within a body, fields are JSON pointers; parameters and headers have names.
    return Faulty(*found) if strict else Faulty(*(replace(fault, field=fault.field[1:]) for fault in found))


def _faults_in(value: Any, expected: Any, place: str, *, strict: bool) -> Iterator[Fault]:
    kind, allowed = _described(expected)
    if isclass(kind) and issubclass(kind, Struct) and isinstance(value, dict):
        yield from _faults_in_object(value, kind, place, strict=strict)
    elif get_origin(kind) is list and isinstance(value, list):
        if _refused(value, Annotated[(list[Any], *_metadata(expected))], strict=strict):
            yield Fault(field=place, wrong=f"has {len(value)} entries", allowed=allowed)
        for index, entry in enumerate(value):
            yield from _faults_in(entry, get_args(kind)[0], _join(place, str(index)), strict=strict)
    elif _refused(value, expected, strict=strict):
        yield Fault(field=place, wrong=f"is {_shown(value)}", allowed=allowed)


def _faults_in_object(value: dict[str, Any], kind: type[Struct], place: str, *, strict: bool) -> Iterator[Fault]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name, field in fields.items():
        if name in value:
            yield from _faults_in(value[name], field.type, _join(place, name), strict=strict)
        elif field.required:
            yield Fault(field=_join(place, name), wrong="is missing", allowed=_described(field.type)[1])
    if kind.__struct_config__.forbid_unknown_fields:
        for name in value.keys() - fields.keys():
            yield Fault(field=_join(place, name), wrong="is not known here", allowed=f"one of {', '.join(fields)}")


def _refused(value: Any, expected: Any, *, strict: bool) -> bool:
    try:
        msgspec.convert(value, expected, strict=strict)
    except msgspec.ValidationError:
        return True
    return False


def _described(expected: Any) -> tuple[Any, str]:
    """The bare type, and in words what it allows."""
    kind = get_args(expected)[0] if get_origin(expected) is Annotated else expected
    for meta in _metadata(expected):
        if meta.description:
            return kind, meta.description
    if isclass(kind) and issubclass(kind, Struct):
        return kind, f"an object with {', '.join(kind.__struct_encode_fields__)}"
    return kind, f"a value of type {getattr(kind, '__name__', kind)}"


def _metadata(expected: Any) -> list[Meta]:
    return [meta for meta in getattr(expected, "__metadata__", ()) if isinstance(meta, Meta)]


def _join(place: str, name: str) -> str:
    return f"{place}/{name.replace('~', '~0').replace('/', '~1')}"


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else text[:57] + "..."
