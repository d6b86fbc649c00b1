"""A YAML document as it was written: the text of each scalar, and the line where each field stands.

Numbers and truth values stay text, because Copilot hands `1.10` and `yes` to a variable as they are.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

Path = tuple[str, ...]


@dataclass(frozen=True)
class Scalar:
    """One value; `is_text` unless YAML takes it for a number, a truth value or nothing."""

    text: str
    line: int
    is_text: bool = True
    is_null: bool = False


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple["Node", ...]
    line: int


@dataclass(frozen=True)
class Fields:
    """A map, in the order of the file."""

    fields: Mapping[str, "Node"] = field(default_factory=dict)
    line: int = 0


Node = Scalar | Items | Fields
EMPTY = Fields()


def at_line(node: Node, line: int) -> Node:
    """Return the node as if it began there: a field stands where its name stands."""
    return replace(node, line=line)


def find(node: Node, path: Path) -> Node | None:
    """Return what stands at a path of field names, None where nothing or an empty value does."""
    found: Node | None = node
    for name in path:
        found = found.fields.get(name) if isinstance(found, Fields) else None
    return None if isinstance(found, Scalar) and found.is_null else found


def leaves(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Yield what holds no further fields, with its path: scalars, empty ones included, and whole lists."""
    if isinstance(node, Fields):
        for name, child in node.fields.items():
            yield from leaves(child, (*path, name))
    else:
        yield path, node


def plain(node: Node) -> object:
    """Return the node as text, lists and dictionaries."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {name: plain(child) for name, child in node.fields.items()}


def shown(node: Node) -> str:
    """Return the node on one line, for people."""
    if isinstance(node, Scalar):
        return " ".join(node.text.split())
    return json.dumps(plain(node), ensure_ascii=False)
