"""`${NAME}` in values, as Copilot fills it in: the application, the environment, then the shell's variables.

https://aws.github.io/copilot-cli/docs/developing/manifest-env-var/ (2026-11-24)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from copilot_import.tree import Fields, Items, Node, Scalar

APPLICATION = "COPILOT_APPLICATION_NAME"
ENVIRONMENT = "COPILOT_ENVIRONMENT_NAME"
_REFERENCE = re.compile(r"(\\?)\$\{([_a-zA-Z][_a-zA-Z0-9]*)\}")


@dataclass(frozen=True)
class Filled:
    """A tree with what could be filled in; `missing` holds other names, with the lines that use them."""

    tree: Node
    missing: Mapping[str, tuple[int, ...]]


def fill_in(tree: Node, variables: Mapping[str, str]) -> Filled:
    r"""Replace each `${NAME}` of a text that `variables` knows, and `\${NAME}` by itself; names of fields stay."""
    missing: dict[str, list[int]] = {}

    def value(match: re.Match[str], line: int) -> str:
        escaped, name = match.groups()
        if not escaped and name in variables:
            return variables[name]
        if not escaped:
            missing.setdefault(name, []).append(line)
        return match[0].removeprefix("\\")

    def filled(node: Node) -> Node:
        if isinstance(node, Fields):
            return Fields({name: filled(child) for name, child in node.fields.items()}, node.line)
        if isinstance(node, Items):
            return Items(tuple(filled(item) for item in node.items), node.line)
        if not node.is_text:
            return node
        return Scalar(_REFERENCE.sub(lambda match: value(match, node.line), node.text), node.line)

    made = filled(tree)
    return Filled(made, {name: tuple(dict.fromkeys(lines)) for name, lines in missing.items()})
