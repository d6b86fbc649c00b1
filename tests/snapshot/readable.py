"""Templates in a readable form: asset hashes are numbered, and JSON and user data in strings are parsed."""

import json
import re
from typing import Any

# Asset hashes, and the hash at the end of the logical ID of a Lambda version; both occur in keys, too.
_HASH = re.compile(r"[0-9a-f]{64}|(?<=[0-9A-F]{8})[0-9a-f]{32}")


def readable(template: dict[str, Any]) -> dict[str, Any]:
    """Return the template with each asset hash replaced by the number of its first occurrence."""
    numbers: dict[str, str] = {}
    text = json.dumps(_parsed(template))
    numbered = _HASH.sub(lambda found: numbers.setdefault(found[0], f"<asset {len(numbers) + 1}>"), text)
    loaded: dict[str, Any] = json.loads(numbered)
    return loaded


def _parsed(value: Any) -> Any:
    if isinstance(value, list):
        return [_parsed(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {key: _PARSERS.get(key, _parsed)(entry) for key, entry in value.items()}


def _definition(joined: Any) -> Any:
    """The definition of a state machine: a JSON string that contains references."""
    if isinstance(joined, str):
        return json.loads(joined)
    return json.loads(_joined(joined))


def _values(text: Any) -> Any:
    """The values of a Helm chart, which are a JSON string; properties of other resources with this name are lists."""
    return _parsed(text) if isinstance(text, list) else _definition(text)


def _user_data(encoded: Any) -> list[str]:
    return _joined(encoded["Fn::Base64"]).splitlines()


def _joined(value: dict[str, Any]) -> str:
    return "".join(part if isinstance(part, str) else _placeholder(part) for part in value["Fn::Join"][1])


def _placeholder(reference: dict[str, Any]) -> str:
    [(function, target)] = reference.items()
    return f"${{{function}:{'.'.join(target) if isinstance(target, list) else target}}}"


_PARSERS = {"DefinitionString": _definition, "UserData": _user_data, "Values": _values}
