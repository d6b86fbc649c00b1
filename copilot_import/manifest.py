"""A Copilot manifest: its kind, and its fields as the types they must have."""

import json
import re
import shlex
from dataclasses import dataclass

from copilot_import.kinds import KINDS, Kind
from copilot_import.tree import Fields, Items, Node, Path, Scalar, find, shown
from deployment.errors import ActionableError

_NOT_SERVICES = {
    "Environment": "this manifest describes an environment: its network and certificate are stacks/network.py here",
    "Load Balanced Web App": "write 'Load Balanced Web Service', as Copilot calls it since version 0.2",
    "Backend App": "write 'Backend Service', as Copilot calls it since version 0.2",
}

_SECTIONS = (
    *("image", "variables", "secrets", "storage", "network", "deployment", "logging", "sidecars"),
    *("publish", "subscribe", "on", "observability"),
)


@dataclass(frozen=True)
class Manifest:
    """A manifest, with an environment's overrides and variables filled in.

    Attributes:
        file: how errors call it.
        tree: its fields.
        kind: its type.
    """

    file: str
    tree: Fields
    kind: Kind

    def find(self, *path: str) -> Node | None:
        """Return what stands there; None where nothing does."""
        return find(self.tree, path)

    def text(self, *path: str) -> str | None:
        """Return a value as text; None where there is none. A map or a list is refused with ActionableError."""
        node = self.find(*path)
        if node is None or isinstance(node, Scalar):
            return node.text if node else None
        raise self.refusal(path, node, "one value", f"write {'.'.join(path)}: VALUE")

    def whole(self, *path: str) -> int | None:
        """Return a value as a whole number; None where there is none. Anything else is refused with ActionableError."""
        node = self.find(*path)
        if node is None:
            return None
        if isinstance(node, Scalar) and re.fullmatch(r"[+-]?\d{1,9}", node.text):
            return int(node.text)
        raise self.refusal(path, node, "a whole number", "write the number itself")

    def fields(self, *path: str) -> Fields:
        """Return a map, empty where there is none. Anything else is refused with ActionableError."""
        node = self.find(*path)
        if node is None or isinstance(node, Fields):
            return node or Fields()
        raise self.refusal(path, node, "a map of names and values", "write one 'NAME: VALUE' a line")

    def words(self, *path: str) -> list[str]:
        """Return one value, a list of values, or a text that holds a list as JSON does, as a list of text."""
        node = self.find(*path)
        if isinstance(node, Items):
            return [shown(item) for item in node.items]
        if isinstance(node, Scalar):
            return _listed(node.text) or [node.text]
        return []

    def command(self, *path: str) -> list[str]:
        """Return a command's words; one that is a text is split as a shell does."""
        node = self.find(*path)
        try:
            return shlex.split(node.text) if isinstance(node, Scalar) else self.words(*path)
        except ValueError:  # A quote that is not closed.
            return self.words(*path)

    def refusal(self, path: Path, node: Node, allowed: str, fix: str) -> ActionableError:
        """Return the error that says which line holds what it must not."""
        cause = f"line {node.line}: {'.'.join(path)} is {shown(node)!r}; allowed: {allowed}"
        return ActionableError(f"{self.file} cannot be imported", cause, fix)


def manifest(file: str, tree: Node) -> Manifest:
    """Return the manifest that a tree is.

    Raises:
        ActionableError: it has no fields, no type, or one that Copilot has no service of.
    """
    if not isinstance(tree, Fields):
        raise ActionableError(f"{file} is not a manifest", "it holds no fields", "give a Copilot manifest.yml")
    said = find(tree, ("type",))
    allowed = ", ".join(KINDS)
    if said is None:
        has = ", ".join(tree.fields) or "none"
        cause = f"it has no field 'type' (it has: {has}); allowed: {allowed}"
        raise ActionableError(f"{file} is not the manifest of a service", cause, "give copilot/<service>/manifest.yml")
    kind = KINDS.get(said.text) if isinstance(said, Scalar) else None
    if kind is None:
        name = shown(said)
        fix = _NOT_SERVICES.get(name, "write one of these, letter by letter")
        raise ActionableError(
            f"{file} cannot be imported", f"line {said.line}: type is {name!r}; allowed: {allowed}", fix
        )
    return Manifest(file, tree, kind)


def refuse_wrong_shapes(manifest: Manifest) -> None:
    """Let through a manifest whose sections are maps, as Copilot needs them; ActionableError otherwise."""
    for name in _SECTIONS:
        manifest.fields(name)
    for name in manifest.fields("environments").fields:
        manifest.fields("environments", name)


def is_true(text: str | None) -> bool:
    """Whether YAML takes a text for true."""
    return (text or "").lower() in ("true", "yes", "on", "y")


def _listed(text: str) -> list[str]:
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return found if isinstance(found, list) and all(isinstance(item, str) for item in found) else []
