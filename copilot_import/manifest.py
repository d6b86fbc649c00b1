"""A Copilot manifest: its workload type, and typed access to its fields."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from copilot_import.workload_types import WORKLOAD_TYPES, WorkloadType
from copilot_import.yaml_tree import FieldPath, Node, read
from deployment.errors import ActionableError

_OTHER_TYPES = {
    "Environment": "this manifest describes an environment; here, stacks/network.py defines its network",
    "Load Balanced Web App": "use 'Load Balanced Web Service', the name since Copilot 0.2",
    "Backend App": "use 'Backend Service', the name since Copilot 0.2",
}
_SECTIONS = (
    *("image", "variables", "secrets", "storage", "network", "deployment", "logging", "sidecars"),
    *("publish", "subscribe", "on", "observability"),
)


@dataclass(frozen=True)
class Manifest:
    """A manifest.

    Attributes:
        file: Its name in errors.
        root: Its fields, with overrides applied and variables interpolated.
        type: Its workload type.
    """

    file: str
    root: Node
    type: WorkloadType

    def find(self, *path: str) -> Node | None:
        """Return a node; None if it is absent or empty."""
        return self.root.find(path)

    def text(self, *path: str) -> str | None:
        """Return a scalar; None if it is absent. Raises ActionableError for a map or a list."""
        node = self.find(*path)
        if node is None or isinstance(node.value, str):
            return str(node.value) if node else None
        raise self.error(path, node, "a single value", f"write {'.'.join(path)}: VALUE")

    def integer(self, *path: str) -> int | None:
        """Return an integer; None if it is absent. Raises ActionableError for anything else."""
        node = self.find(*path)
        if node is None:
            return None
        if isinstance(node.value, str) and re.fullmatch(r"[+-]?\d{1,9}", node.value):
            return int(node.value)
        raise self.error(path, node, "an integer", "write the number without a unit")

    def section(self, *path: str) -> Mapping[str, Node]:
        """Return a map; empty if it is absent. Raises ActionableError for anything else."""
        node = self.find(*path)
        if node is None or node.is_map:
            return node.fields if node else {}
        raise self.error(path, node, "a map of names and values", "write one 'NAME: VALUE' per line")

    def words(self, *path: str) -> list[str]:
        """Return a scalar, a list, or a scalar that contains a JSON list, as a list of text."""
        node = self.find(*path)
        if node is None or node.is_map:
            return []
        return [str(item) for item in node.items] if not node.is_scalar else _json_list(str(node.value))

    def command(self, *path: str) -> list[str]:
        """Return a command's words; a scalar is split as a shell does."""
        node = self.find(*path)
        try:
            return shlex.split(node.value) if node and isinstance(node.value, str) else self.words(*path)
        except ValueError:  # Unbalanced quotes.
            return self.words(*path)

    def error(self, path: FieldPath, node: Node, allowed: str, fix: str) -> ActionableError:
        """Return an error that names a field's line, value and allowed values."""
        cause = f"line {node.line}: {'.'.join(path)} is {str(node)!r}; allowed: {allowed}"
        return ActionableError(f"cannot import {self.file}", cause, fix)

    def validate_sections(self) -> None:
        """Raise ActionableError unless every section is a map, as Copilot requires."""
        for name in _SECTIONS:
            self.section(name)
        for name in self.section("environments"):
            self.section("environments", name)


def manifest(file: str, root: Node) -> Manifest:
    """Return the manifest of a service.

    Raises:
        ActionableError: It has no fields, no `type`, or a `type` that is not a Copilot workload.
    """
    if not root.is_map:
        raise ActionableError(f"{file} is not a manifest", "it has no fields", "pass a Copilot manifest.yml")
    node = root.find(("type",))
    allowed = ", ".join(WORKLOAD_TYPES)
    if node is None:
        cause = f"it has no field 'type' (fields: {', '.join(root.fields) or 'none'}); allowed: {allowed}"
        raise ActionableError(f"{file} is not a service manifest", cause, "pass copilot/<service>/manifest.yml")
    found = WORKLOAD_TYPES.get(node.value) if isinstance(node.value, str) else None
    if found is None:
        cause = f"line {node.line}: type is {str(node)!r}; allowed: {allowed}"
        fix = _OTHER_TYPES.get(str(node), "use one of these, spelled exactly")
        raise ActionableError(f"cannot import {file}", cause, fix)
    return Manifest(file, root, found)


def application_of(path: Path) -> str | None:
    """Return the Copilot application from the nearest `.workspace` above a manifest; None if there is none."""
    for folder in path.resolve().parents:
        file = folder / ".workspace"
        if file.is_file():
            try:
                node = read(file).find(("application",))
            except ActionableError:
                return None
            return node.value if node and isinstance(node.value, str) else None
    return None


def is_true(text: str | None) -> bool:
    """Whether YAML 1.1 reads a text as true."""
    return (text or "").lower() in ("true", "yes", "on", "y")


def _json_list(text: str) -> list[str]:
    try:
        found = json.loads(text)
    except ValueError:
        return [text]
    return found if found and isinstance(found, list) and all(isinstance(item, str) for item in found) else [text]
