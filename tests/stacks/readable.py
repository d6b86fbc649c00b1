"""Templates as people read them: asset hashes numbered, JSON inside strings opened up."""

import json
import re
from typing import Any

# Asset hashes, and the hash that ends the logical id of a Lambda version, both also in keys.
_HASH = re.compile(r"[0-9a-f]{64}|(?<=[0-9A-F]{8})[0-9a-f]{32}")
# State machines and charts' values: JSON in a string, with what is known at deployment only in between.
_TEXTS = ("DefinitionString", "Values")


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
    return {key: _text(entry) if _is_text(key, entry) else _opened(entry) for key, entry in value.items()}


def _is_text(key: str, entry: Any) -> bool:
    return key in _TEXTS and not isinstance(entry, list)


def _text(joined: Any) -> Any:
    if isinstance(joined, str):
        return json.loads(joined)
    parts = joined["Fn::Join"][1]
    return json.loads("".join(part if isinstance(part, str) else _placeholder(part) for part in parts))


def _placeholder(reference: dict[str, Any]) -> str:
    [(function, target)] = reference.items()
    return f"${{{function}:{'.'.join(target) if isinstance(target, list) else target}}}"
