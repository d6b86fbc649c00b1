"""What an environment overrides: maps merge, everything else is replaced.

That is what Copilot does (internal/pkg/manifest/transform.go of aws/copilot-cli at 4c858e7), with its exceptions:
fields that exclude each other drop each other, and a variable or secret is replaced as a whole.
"""

from copilot_import.tree import EMPTY, Fields, Node, Path, Scalar, find

# Of each pair, what the override says on one side removes what the manifest says on the other.
_EXCLUDE: dict[Path, tuple[frozenset[str], frozenset[str]]] = {
    ("image",): (frozenset({"build"}), frozenset({"location"})),
    ("count",): (
        frozenset({"spot"}),
        frozenset(
            {"range", "cooldown", "cpu_percentage", "memory_percentage", "requests", "response_time", "queue_delay"}
        ),
    ),
    ("storage", "volumes", "*", "efs"): (frozenset({"uid", "gid"}), frozenset({"id", "root_dir", "auth"})),
}
_REPLACED_WHOLE = ("variables", "secrets", "labels", "destination", "secretOptions")


def names(tree: Node) -> tuple[str, ...]:
    """Return the environments that a manifest overrides something for."""
    environments = find(tree, ("environments",))
    return tuple(environments.fields) if isinstance(environments, Fields) else ()


def overridden(tree: Fields, environment: str | None) -> Fields:
    """Return the manifest as it is in an environment, without `environments`; one that is not named changes nothing."""
    base = Fields({name: child for name, child in tree.fields.items() if name != "environments"}, tree.line)
    override = find(tree, ("environments", environment)) if environment else EMPTY
    if not isinstance(override, Fields):
        return base
    # A service has the same name and type everywhere: Copilot looks at neither here.
    said = {name: child for name, child in override.fields.items() if name not in ("name", "type", "environments")}
    merged = _merged(base, Fields(said, override.line), ())
    return merged if isinstance(merged, Fields) else base


def _merged(base: Node, override: Node, path: Path) -> Node:
    whole = len(path) >= 2 and path[-2] in _REPLACED_WHOLE
    if isinstance(override, Scalar) and override.is_null and not whole:
        return base
    if not isinstance(override, Fields) or whole:
        return override
    if not override.fields:
        return base
    if not isinstance(base, Fields):
        return override
    kept = {name: child for name, child in base.fields.items() if name not in _excluded(path, override)}
    for name, child in override.fields.items():
        kept[name] = _merged(kept[name], child, (*path, name)) if name in kept else child
    return Fields(kept, override.line)


def _excluded(path: Path, override: Fields) -> frozenset[str]:
    for pattern, (one, other) in _EXCLUDE.items():
        if len(pattern) == len(path) and all(part in ("*", name) for part, name in zip(pattern, path, strict=True)):
            said = override.fields.keys()
            return (other if said & one else frozenset()) | (one if said & other else frozenset())
    return frozenset()
