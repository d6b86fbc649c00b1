"""Statements that only an AWS account can confirm: `unverified.toml`."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, NoReturn

from deployment.drills import A_PERSON, BY_ID, LEVELS, Level, drills_of
from deployment.errors import ActionableError

FILE = Path(__file__).with_name("unverified.toml")
OTHER_SUBJECTS = {"all": "All targets", "workflow": "The workflow", "ci": "CI"}
"""Subjects of statements that are not targets -> heading."""
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement that is not verified.

    Attributes:
        id: stable id in kebab case, which is the anchor on the page and the name of the evidence.
        target: id of a target, or "all", "workflow" or "ci".
        statement: the statement.
        check: the steps that settle it in an account.
        risk: the consequence for the reader if it is false.
        drill: the drills that settle it, such as "D4" or "D4, D5", or "a person".
        variant: the version or setting of the app that the drills need, which no context value makes: only the level
            "slow" has it. Default: "", none.
        reason: why only a person can settle it; "" for all others.
        evidence: what speaks for or against it; "" for none.
    """

    id: str
    target: str
    statement: str
    check: str
    risk: str
    drill: str
    variant: str = ""
    reason: str = ""
    evidence: str = ""

    @property
    def is_for_a_person(self) -> bool:
        """Whether no drill can settle it."""
        return self.drill == A_PERSON

    @property
    def drills(self) -> tuple[str, ...]:
        """IDs of the drills that settle it together."""
        return () if self.is_for_a_person else tuple(self.drill.split(", "))

    def is_settled_by(self, level: Level, targets: Sequence[str]) -> bool:
        """Whether a run with these drills on these targets settles it."""
        has_target = self.target in ("all", "workflow", *targets)
        has_drills = set(self.drills) <= {drill.id for drill in drills_of(level)}
        return has_target and has_drills and bool(self.drills) and (not self.variant or level == "slow")

    @property
    def level(self) -> Level | None:
        """The first level whose run on its target settles it; None if none does."""
        return next((level for level in LEVELS if self.is_settled_by(level, [self.target])), None)


_ALLOWED = {field.name for field in fields(Statement)}
_REQUIRED = {field.name for field in fields(Statement) if field.default is MISSING}


def read_unverified(targets: Sequence[str], path: Path = FILE) -> tuple[Statement, ...]:
    """Read the statements.

    Args:
        targets: ids of the targets that exist.
        path: the file.

    Raises:
        ActionableError: the file is invalid, an id is not unique, or a target does not exist.
    """
    try:
        found = tomllib.loads(path.read_text())
        entries: list[dict[str, Any]] = found["statement"]
        retired: list[str] = found["retired"]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise ActionableError(f"{path} cannot be read", str(error), f"git checkout {path.name}") from None
    allowed = (*OTHER_SUBJECTS, *targets)
    seen: set[str] = set()
    for number, entry in enumerate(entries, start=1):
        name = str(entry.get("id", f"statement {number}"))
        if missing := _REQUIRED - entry.keys():
            _fail(path, name, f"it lacks {', '.join(sorted(missing))}", f"required: {', '.join(sorted(_REQUIRED))}")
        if unknown := entry.keys() - _ALLOWED:
            _fail(path, name, f"it has {', '.join(sorted(unknown))}", f"allowed: {', '.join(sorted(_ALLOWED))}")
        if empty := [key for key, value in entry.items() if not isinstance(value, str) or not value.strip()]:
            _fail(path, name, f"{', '.join(empty)} has no text", "write a sentence")
        if not _ID.fullmatch(name):
            _fail(path, name, f"its id is {name!r}", "use kebab case, such as spans-arrive")
        if name in seen:
            _fail(path, name, "its id is a duplicate", "give it an id of its own")
        if name in retired:
            _fail(path, name, "its id belonged to a statement that is settled", "give it an id of its own")
        if entry["target"] not in allowed:
            _fail(path, name, f"its target is {entry['target']!r}", f"allowed: {', '.join(allowed)}")
        _require_drill(path, name, entry)
        seen.add(name)
    return tuple(Statement(**entry) for entry in entries)


def read_retired(path: Path = FILE) -> frozenset[str]:
    """Read the ids of statements that were settled and are no longer on the page."""
    return frozenset(tomllib.loads(path.read_text())["retired"])


def _require_drill(path: Path, name: str, entry: dict[str, Any]) -> None:
    drill = entry["drill"]
    if drill == A_PERSON:
        if "reason" not in entry or "variant" in entry:
            _fail(path, name, "only a person settles it", "write the reason, and no variant")
    elif unknown := [one for one in drill.split(", ") if one not in BY_ID]:
        _fail(
            path, name, f"its drill is {unknown[0]!r}", f"allowed: {', '.join(BY_ID)}, joined by commas, or {A_PERSON}"
        )
    elif "reason" in entry:
        _fail(path, name, "a drill settles it, and it has a reason", f"delete the reason, or write {A_PERSON}")


def _fail(path: Path, name: str, cause: str, fix: str) -> NoReturn:
    raise ActionableError(f"{name} of {path.name} is invalid", cause, fix)
