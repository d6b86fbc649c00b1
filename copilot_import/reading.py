"""A YAML file as a tree; what Copilot could not have read either is refused, with its line."""

from pathlib import Path

import yaml

from copilot_import.tree import Fields, Items, Node, Scalar, at_line
from deployment.errors import ActionableError

# An anchor that is used again and again can make a small file endless.
MOST_NODES = 20_000
_MERGE = "tag:yaml.org,2002:merge"
_TEXT = "tag:yaml.org,2002:str"
_NULL = "tag:yaml.org,2002:null"


def read(path: Path) -> Node:
    """Read the first document of a file, which is the one that Copilot reads.

    Raises:
        ActionableError: it is not YAML, holds nothing, says a name twice, or never ends.
    """
    try:
        return parse(path.read_bytes(), str(path))
    except OSError as error:
        raise ActionableError(
            f"{path} cannot be read", error.strerror or str(error), "give a Copilot manifest.yml"
        ) from error


def parse(content: bytes, name: str) -> Node:
    """Make a tree of a file's bytes; `name` is what errors call the file. Raises as `read` does."""
    try:
        loader = yaml.SafeLoader(content)
        root = loader.get_node() if loader.check_node() else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        cause = f"{where}: {error.problem or error.context}"
        raise ActionableError(f"{name} is not YAML", cause, "mend that line; Copilot could not read it") from error
    except (yaml.YAMLError, UnicodeError) as error:
        cause = " ".join(str(error).split())
        raise ActionableError(f"{name} is not YAML", cause, "save it as UTF-8 text") from error
    except (RecursionError, ValueError) as error:
        raise ActionableError(f"{name} cannot be read", str(error), "write it with fewer levels") from error
    if root is None:
        raise ActionableError(f"{name} is empty", "it holds no YAML document", "give a Copilot manifest.yml")
    return _Tree(name).made(root)


class _Tree:
    """Makes one tree, counting what it makes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes = 0
        self._open: set[int] = set()

    def made(self, node: yaml.Node) -> Node:
        self._nodes += 1
        line = node.start_mark.line + 1
        if self._nodes > MOST_NODES or id(node) in self._open or len(self._open) > 200:
            raise ActionableError(
                f"{self._name} never ends",
                f"line {line}: anchors repeat themselves, or levels nest too deep",
                "write out what the anchor stands for",
            )
        if isinstance(node, yaml.ScalarNode):
            return Scalar(node.value, line, is_text=node.tag == _TEXT, is_null=node.tag == _NULL)
        self._open.add(id(node))
        made: Node
        if isinstance(node, yaml.SequenceNode):
            made = Items(tuple(self.made(item) for item in node.value), line)
        else:
            made = Fields(self._fields(node), line)
        self._open.discard(id(node))
        return made

    def _fields(self, node: yaml.Node) -> dict[str, Node]:
        merged: dict[str, Node] = {}
        fields: dict[str, Node] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.tag == _MERGE:
                merged = {**self._merged(value), **merged}
                continue
            if not isinstance(key, yaml.ScalarNode):
                raise self._refusal(line, "a field's name is not text", "quote it, or fill in the template first")
            if key.value in fields:
                earlier = fields[key.value].line
                raise self._refusal(line, f"{key.value!r} stands there again, after line {earlier}", "keep one of them")
            fields[key.value] = at_line(self.made(value), line)
        return {**{name: child for name, child in merged.items() if name not in fields}, **fields}

    def _merged(self, node: yaml.Node) -> dict[str, Node]:
        """What `<<` brings in: one map, or several of which the first wins."""
        merged: dict[str, Node] = {}
        for source in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            made = self.made(source)
            if not isinstance(made, Fields):
                raise self._refusal(made.line, "'<<' takes a map", "give it the anchor of a map")
            merged = {**made.fields, **merged}
        return merged

    def _refusal(self, line: int, cause: str, fix: str) -> ActionableError:
        return ActionableError(f"{self._name} is not a manifest", f"line {line}: {cause}", fix)
