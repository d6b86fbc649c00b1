"""The declared replacements: `declared.toml`."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from deployment.errors import ActionableError
from updates.findings import WORKLOADS, Finding, Kind

FILE = Path(__file__).with_name("declared.toml")
ANY = "*"
_LISTS = ("targets", "changes", "kinds")
_REQUIRED = {"targets", "changes", "type", "consequence", "way_around"}
_OPTIONAL = {"kinds", "property"}


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One declared replacement or interruption.

    Attributes:
        targets: IDs of targets; `shared` for the stacks without a target; or names of constructs of workers and jobs.
        changes: IDs of changes.
        kinds: what happens.
        type: resource type, or kind of an object in a cluster; "*" for every one.
        property: the property that causes it; "*" for every one.
        consequence: one sentence that says what users and operators notice.
        way_around: one sentence that says how to avoid it.
    """

    targets: tuple[str, ...]
    changes: tuple[str, ...]
    kinds: tuple[Kind, ...]
    type: str
    property: str
    consequence: str
    way_around: str

    def covers(self, target: str, change: str, finding: Finding) -> bool:
        """Return whether it declares a finding of a change on a target."""
        return (
            target in self.targets
            and change in self.changes
            and finding.kind in self.kinds
            and self.type in (ANY, finding.type)
            and self.property in (ANY, finding.property)
        )


def read(path: Path = FILE) -> tuple[Declaration, ...]:
    """Read the declarations.

    Raises:
        ActionableError: the file is invalid.
    """
    try:
        entries: Sequence[dict[str, Any]] = tomllib.loads(path.read_text()).get("declared", [])
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ActionableError(f"{path} cannot be read", str(error), f"git checkout {path.name}") from None
    return tuple(_declaration(path, number, entry) for number, entry in enumerate(entries, start=1))


def is_of_workloads(declaration: Declaration) -> bool:
    """Return whether a declaration is about workers and jobs, which have a table of their own."""
    return set(declaration.targets) <= set(WORKLOADS)


def _declaration(path: Path, number: int, entry: dict[str, Any]) -> Declaration:
    if missing := _REQUIRED - entry.keys():
        _fail(path, number, f"it lacks {', '.join(sorted(missing))}", "every entry has a consequence and a way around")
    if unknown := entry.keys() - _REQUIRED - _OPTIONAL:
        allowed = ", ".join(sorted(_REQUIRED | _OPTIONAL))
        _fail(path, number, f"it has {', '.join(sorted(unknown))}", f"allowed: {allowed}")
    entry = {"kinds": [Kind.REPLACEMENT], "property": ANY, **entry}
    for name in _LISTS:
        if not isinstance(entry[name], list) or not entry[name]:
            _fail(path, number, f"{name} is {entry[name]!r}", f'write a list, such as {name} = ["{entry[name]}"]')
    if unknown := set(entry["kinds"]) - set(Kind):
        _fail(path, number, f"kinds has {', '.join(sorted(unknown))}", f"allowed: {', '.join(Kind)}")
    return Declaration(
        targets=tuple(entry["targets"]),
        changes=tuple(entry["changes"]),
        kinds=tuple(map(Kind, entry["kinds"])),
        type=entry["type"],
        property=entry["property"],
        consequence=entry["consequence"],
        way_around=entry["way_around"],
    )


def _fail(path: Path, number: int, cause: str, fix: str) -> NoReturn:
    raise ActionableError(f"entry {number} of {path.name} is invalid", cause, fix)
