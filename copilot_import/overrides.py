"""Environment overrides and `${NAME}` interpolation, with Copilot's rules.

Overrides: maps merge, everything else is replaced (internal/pkg/manifest/transform.go of aws/copilot-cli at 4c858e7).
Exceptions: mutually exclusive fields remove each other, and a variable or secret is replaced as a whole.
Interpolation: https://aws.github.io/copilot-cli/docs/developing/manifest-env-var/ (2026-11-24)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from copilot_import.yaml_tree import FieldPath, Node

APPLICATION = "COPILOT_APPLICATION_NAME"
ENVIRONMENT = "COPILOT_ENVIRONMENT_NAME"
_REFERENCE = re.compile(r"(\\?)\$\{([_a-zA-Z][_a-zA-Z0-9]*)\}")

_SCALING = {"range", "cooldown", "cpu_percentage", "memory_percentage", "requests", "response_time", "queue_delay"}
# An override of a field on one side removes the manifest's fields on the other side.
_EXCLUSIVE: dict[FieldPath, tuple[frozenset[str], frozenset[str]]] = {
    ("image",): (frozenset({"build"}), frozenset({"location"})),
    ("count",): (frozenset({"spot"}), frozenset(_SCALING)),
    ("storage", "volumes", "*", "efs"): (frozenset({"uid", "gid"}), frozenset({"id", "root_dir", "auth"})),
}
_REPLACED_AS_A_WHOLE = ("variables", "secrets", "labels", "destination", "secretOptions")


def environments(root: Node) -> tuple[str, ...]:
    """Return the environments that a manifest has overrides for."""
    found = root.find(("environments",))
    return tuple(found.fields) if found else ()


def with_overrides(root: Node, environment: str | None) -> Node:
    """Return the manifest of one environment, without `environments`; unchanged if it has no overrides for it."""
    base = Node({name: child for name, child in root.fields.items() if name != "environments"}, root.line)
    override = root.find(("environments", environment)) if environment else None
    if override is None:
        return base
    # Copilot ignores a name and a type here.
    own = {name: child for name, child in override.fields.items() if name not in ("name", "type", "environments")}
    return _merged(base, Node(own, override.line), ())


def _merged(base: Node, override: Node, path: FieldPath) -> Node:
    is_whole = len(path) >= 2 and path[-2] in _REPLACED_AS_A_WHOLE
    if override.value is None and not is_whole:
        return base
    if not override.is_map or is_whole:
        return override
    if not override.fields:
        return base
    if not base.is_map:
        return override
    merged = {name: child for name, child in base.fields.items() if name not in _excluded(path, override)}
    for name, child in override.fields.items():
        merged[name] = _merged(merged[name], child, (*path, name)) if name in merged else child
    return Node(merged, override.line)


def _excluded(path: FieldPath, override: Node) -> frozenset[str]:
    for pattern, (one, other) in _EXCLUSIVE.items():
        if len(pattern) == len(path) and all(part in ("*", name) for part, name in zip(pattern, path, strict=True)):
            names = override.fields.keys()
            return (other if names & one else frozenset()) | (one if names & other else frozenset())
    return frozenset()


@dataclass(frozen=True)
class Interpolated:
    """A tree with references replaced; `missing` maps each undefined name to the lines that use it."""

    root: Node
    missing: Mapping[str, tuple[int, ...]]


def interpolate(root: Node, variables: Mapping[str, str]) -> Interpolated:
    r"""Replace `${NAME}` in values by the variable, and `\${NAME}` by `${NAME}`. Field names are not changed."""
    missing: dict[str, list[int]] = {}

    def replacement(match: re.Match[str], line: int) -> str:
        escape, name = match.groups()
        if not escape and name in variables:
            return variables[name]
        if not escape:
            missing.setdefault(name, []).append(line)
        return match[0].removeprefix("\\")

    def replaced(node: Node) -> Node:
        if isinstance(node.value, str):
            return Node(_REFERENCE.sub(lambda match: replacement(match, node.line), node.value), node.line)
        if node.is_map:
            return Node({name: replaced(child) for name, child in node.fields.items()}, node.line)
        return Node(tuple(map(replaced, node.items)), node.line) if node.value is not None else node

    root = replaced(root)
    return Interpolated(root, {name: tuple(dict.fromkeys(lines)) for name, lines in missing.items()})
