"""YAML with line numbers, and with each scalar's text as written.

Numbers and booleans stay text, because Copilot passes `1.10` and `yes` to a variable unchanged.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from deployment.errors import ActionableError

# An alias that is used repeatedly can make a small file expand without bound.
MAX_NODES = 20_000
MAX_DEPTH = 200
_NULL = "tag:yaml.org,2002:null"
_MERGE = "tag:yaml.org,2002:merge"

FieldPath = tuple[str, ...]


@dataclass(frozen=True)
class Node:
    """A scalar, list or map.

    Attributes:
        value: Text of a scalar, None for an empty scalar, a tuple of items, or a map of field names to nodes.
        line: Line of the field's name; for list items, line of the value. Lines start at 1.
    """

    value: "str | tuple[Node, ...] | Mapping[str, Node] | None"
    line: int = 0

    @property
    def is_scalar(self) -> bool:
        """Whether this is neither a list nor a map."""
        return self.value is None or isinstance(self.value, str)

    @property
    def is_map(self) -> bool:
        """Whether this is a map."""
        return isinstance(self.value, Mapping)

    @property
    def fields(self) -> "Mapping[str, Node]":
        """Fields of a map in file order; empty for anything else."""
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def items(self) -> "tuple[Node, ...]":
        """Items of a list; empty for anything else."""
        return self.value if isinstance(self.value, tuple) else ()

    @property
    def plain(self) -> object:
        """Text, lists and dictionaries only."""
        if isinstance(self.value, tuple):
            return [item.plain for item in self.value]
        if isinstance(self.value, Mapping):
            return {name: child.plain for name, child in self.value.items()}
        return self.value or ""

    def __str__(self) -> str:
        """Return the value on one line."""
        plain = self.plain
        return " ".join(plain.split()) if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)

    def find(self, path: FieldPath) -> "Node | None":
        """Return the node at a path of field names; None if it is absent or empty."""
        found: Node | None = self
        for name in path:
            found = found.fields.get(name) if found else None
        return None if found is None or found.value is None else found

    def leaves(self, path: FieldPath = ()) -> "Iterator[tuple[FieldPath, Node]]":
        """Yield every scalar and every list as a whole, with its path."""
        if not self.is_map:
            yield path, self
        for name, child in self.fields.items():
            yield from child.leaves((*path, name))


def read(path: Path) -> Node:
    """Read the first document of a file. Copilot ignores further documents, too.

    Raises:
        ActionableError: The file is unreadable, not YAML, empty, repeats a field, or expands without bound.
    """
    try:
        return parse(path.read_bytes(), str(path))
    except OSError as error:
        cause = error.strerror or str(error)
        raise ActionableError(f"cannot read {path}", cause, "pass the path of a Copilot manifest.yml") from error


def parse(content: bytes, file: str) -> Node:
    """Parse the content of a file; `file` is its name in errors. Raises the same errors as `read`."""
    try:
        loader = yaml.SafeLoader(content)
        root = loader.get_node() if loader.check_node() else None
        if root is None:
            raise ActionableError(f"{file} is empty", "it has no YAML document", "pass a Copilot manifest.yml")
        return _Parser(file, loader).node(root, root.start_mark.line + 1, 0)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "unknown line"
        cause = f"{where}: {error.problem or error.context}"
        raise ActionableError(f"{file} is not valid YAML", cause, "correct that line") from error
    except (yaml.YAMLError, UnicodeError) as error:
        cause = " ".join(str(error).split())
        raise ActionableError(f"{file} is not valid YAML", cause, "save the file as UTF-8 text") from error
    except (RecursionError, ValueError) as error:
        raise ActionableError(f"cannot read {file}", str(error), "reduce the levels of nesting") from error


class _Parser:
    """Converts PyYAML's nodes, with a limit on how many an alias can produce."""

    def __init__(self, file: str, loader: yaml.SafeLoader) -> None:
        self._file, self._loader, self._count = file, loader, 0

    def node(self, node: yaml.Node, line: int, depth: int) -> Node:
        self._count += 1
        if self._count > MAX_NODES or depth > MAX_DEPTH:
            where = f"line {node.start_mark.line + 1}: aliases repeat without bound, or nesting is too deep"
            raise ActionableError(
                f"{self._file} is too large", where, "replace the alias with the values it stands for"
            )
        if isinstance(node, yaml.ScalarNode):
            return Node(None if node.tag == _NULL else node.value, line)
        if isinstance(node, yaml.SequenceNode):
            return Node(tuple(self.node(item, item.start_mark.line + 1, depth + 1) for item in node.value), line)
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 - the one other kind
        self._require_unique_names(node)
        self._loader.flatten_mapping(node)
        return Node(
            {key.value: self.node(value, key.start_mark.line + 1, depth + 1) for key, value in node.value}, line
        )

    def _require_unique_names(self, node: yaml.MappingNode) -> None:
        lines: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise self._error(line, "a field name is not text", "quote it, or render the template first")
            if key.value in lines:
                raise self._error(line, f"duplicate field {key.value!r}, first in line {lines[key.value]}", "keep one")
            if key.tag == _MERGE and not isinstance(value, yaml.MappingNode | yaml.SequenceNode):
                raise self._error(line, "'<<' requires a map", "use the alias of a map")
            lines[key.value] = line

    def _error(self, line: int, cause: str, fix: str) -> ActionableError:
        return ActionableError(f"{self._file} is not a manifest", f"line {line}: {cause}", fix)
