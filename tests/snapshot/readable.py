"""Templates as people read them: asset hashes numbered, JSON and user data inside strings opened up."""

import json
import re
from typing import Any

# Asset hashes, and the hash that ends the logical id of a Lambda version, both also in keys.
_HASH = re.compile(r"[0-9a-f]{64}|(?<=[0-9A-F]{8})[0-9a-f]{32}")


def readable(template: dict[str, Any]) -> dict[str, Any]:
    """The template with what changes with every byte of a source replaced by its number of appearance."""
    numbers: dict[str, str] = {}
    text = json.dumps(_opened(template))
    numbered = _HASH.sub(lambda found: numbers.setdefault(found[0], f"<asset {len(numbers) + 1}>"), text)
    loaded: dict[str, Any] = json.loads(numbered)
    return loaded


def _opened(value: Any) -> Any:
    if isinstance(value, list):
        return [_opened(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {key: _INSIDE.get(key, _opened)(entry) for key, entry in value.items()}


def _definition(joined: Any) -> Any:
    """A state machine's definition: one string of JSON, with what is known at deployment only in between."""
    if isinstance(joined, str):
        return json.loads(joined)
    return json.loads(_joined(joined))


def _values(text: Any) -> Any:
    """A Helm chart's: JSON as well; of other things that are called so, a list."""
    return _opened(text) if isinstance(text, list) else _definition(text)


def _user_data(encoded: Any) -> list[str]:
    return _joined(encoded["Fn::Base64"]).splitlines()


def _joined(value: dict[str, Any]) -> str:
    return "".join(part if isinstance(part, str) else _placeholder(part) for part in value["Fn::Join"][1])


def _placeholder(reference: dict[str, Any]) -> str:
    [(function, target)] = reference.items()
    return f"${{{function}:{'.'.join(target) if isinstance(target, list) else target}}}"


_INSIDE = {"DefinitionString": _definition, "UserData": _user_data, "Values": _values}
