"""CloudFormation's values as people would write them: no intrinsic functions, no hashes."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_ASSET = re.compile(r"[0-9a-f]{64}")
_HASH = re.compile(r"(?<=[A-Za-z])(?=[0-9A-F]*[0-9])[0-9A-F]{8}(?![a-z])")
_VERSION_HASH = re.compile(r"(?<=Version)[0-9A-F]{8}[0-9a-f]{32}")
_EXPORT = re.compile(
    r"(?P<stack>[\w-]+):ExportsOutput(?:Ref|FnGetAtt)(?P<name>\w*?)[0-9A-F]{8}(?P<attribute>\w*?)[0-9A-F]{8}$"
)


def plain(text: str) -> str:
    """Return the text without the hashes that the CDK appends to names and to the files of assets."""
    without_assets = _ASSET.sub("<asset>", _VERSION_HASH.sub("", text))
    return _HASH.sub("", without_assets)


def words(value: Any) -> str:
    """Return a value in one line: references by name, other stacks' exports as `Stack/Name.Attribute`."""
    if isinstance(value, Mapping) and len(value) == 1:
        [(function, argument)] = value.items()
        if function in _FUNCTIONS:
            return plain(_FUNCTIONS[function](argument))
    if isinstance(value, str):
        return plain(value)
    return json.dumps(data(value), sort_keys=True, ensure_ascii=False)


def data(value: Any) -> Any:
    """Return a value with every intrinsic function in it replaced by its words; JSON inside strings is opened."""
    if isinstance(value, Mapping):
        if len(value) == 1 and next(iter(value)) in _FUNCTIONS:
            return _opened(words(value))
        return {plain(key): data(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [data(inner) for inner in value]
    return plain(value) if isinstance(value, str) else value


def references(value: Any) -> Iterator[str]:
    """Yield the names that a value as written takes by `Ref` or `Fn::GetAtt`."""
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "Ref":
                yield inner
            elif key == "Fn::GetAtt":
                yield inner.split(".")[0] if isinstance(inner, str) else inner[0]
            else:
                yield from references(inner)


def imported_stacks(value: Any) -> Iterator[str]:
    """Yield the names of the stacks whose exports a value as written takes."""
    if isinstance(value, list):
        for inner in value:
            yield from imported_stacks(inner)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "Fn::ImportValue" and isinstance(inner, str):
                yield inner.split(":")[0]
            else:
                yield from imported_stacks(inner)


def _opened(text: str) -> Any:
    if text[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _ref(name: str) -> str:
    return f"<{name.removeprefix('AWS::')}>" if name.startswith("AWS::") else name


def _attribute(argument: Any) -> str:
    name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    return f"{plain(name)}.{attribute}"


def _export(name: Any) -> str:
    found = _EXPORT.match(name) if isinstance(name, str) else None
    if not found:
        return words(name)
    attribute = f".{found['attribute']}" if found["attribute"] else ""
    return f"{found['stack']}/{found['name']}{attribute}"


def _sub(argument: Any) -> str:
    text = argument if isinstance(argument, str) else argument[0]
    return re.sub(r"\$\{(?:AWS::)?([^}]+)\}", r"<\1>", text)


_FUNCTIONS: dict[str, Callable[[Any], str]] = {
    "Ref": _ref,
    "Fn::GetAtt": _attribute,
    "Fn::Join": lambda argument: str(argument[0]).join(words(part) for part in argument[1]),
    "Fn::Sub": _sub,
    "Fn::ImportValue": _export,
    "Fn::Base64": lambda argument: words(argument),
    "Fn::Select": lambda argument: f"{words(argument[1])}[{argument[0]}]",
    "Fn::Split": lambda argument: f"{words(argument[1])} split at {argument[0]!r}",
}
