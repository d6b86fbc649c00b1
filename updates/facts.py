"""The recorded verdicts: `comparison/facts/updates.json`, which the comparison reads."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deployment.errors import ActionableError
from updates.findings import SHARED
from updates.verdicts import MEANINGS, Judgement, Verdict

if TYPE_CHECKING:  # It loads the CDK, which takes seconds.
    from updates.matrix import Matrix

FILE = Path(__file__).resolve().parent.parent / "comparison" / "facts" / "updates.json"
WRITE = "python -m updates --write"
_SCHEMA = 1
# What a run has measured, which the computation keeps.
_EXECUTED = "executed"
_WORKLOADS = "workloads"

Facts = Mapping[str, Any]


def facts_of(matrix: "Matrix", recorded: Facts | None = None) -> Facts:
    """Return the verdicts as plain data.

    Args:
        matrix: the verdicts.
        recorded: earlier data, whose results of executed changes are kept. Default: none.
    """
    executed = {
        (change["id"], target): cell[_EXECUTED]
        for change in (recorded or {}).get("changes", [])
        for target, cell in change["cells"].items()
        if _EXECUTED in cell
    }
    targets = [*matrix.targets, SHARED]
    changes = []
    for change in matrix.changes:
        cells = {}
        for target in targets:
            if (change.id, target) in matrix.judgements:
                cells[target] = _cell(matrix.judgements[change.id, target])
                if (change.id, target) in executed:
                    cells[target][_EXECUTED] = executed[change.id, target]
        changes.append({"id": change.id, "kind": change.kind, "text": change.text, "cells": cells})
    verdicts = {verdict.value: text for verdict, text in MEANINGS.items() if verdict is not Verdict.UNDECLARED}
    return {"schema": _SCHEMA, "targets": list(matrix.targets), "verdicts": verdicts, "changes": changes}


def with_workloads(facts: Facts, matrix: "Matrix") -> Facts:
    """Return the verdicts with those of workers and jobs.

    Args:
        facts: the verdicts of the targets.
        matrix: the verdicts of workers and jobs.
    """
    found = facts_of(matrix)
    return {**facts, _WORKLOADS: {"targets": found["targets"], "changes": found["changes"]}}


def read(path: Path = FILE) -> Facts:
    """Read the recorded verdicts.

    Raises:
        ActionableError: there are none.
    """
    try:
        found: Facts = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ActionableError(f"{path.name} cannot be read", str(error), WRITE) from None
    return found


def write(facts: Facts, path: Path = FILE) -> None:
    """Write the verdicts; the same bytes for the same verdicts."""
    path.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n")


def differences(recorded: Facts, computed: Facts) -> Iterator[str]:
    """Yield a line for each cell that is out of date; results of executed changes do not count."""
    before, after = _cells(recorded), _cells(computed)
    for key in sorted(before.keys() | after.keys()):
        one, other = before.get(key), after.get(key)
        if one != other:
            yield f"{key[0]} on {key[1]}: {_summary(one)} is recorded, {_summary(other)} is computed"
    if _WORKLOADS in recorded or _WORKLOADS in computed:
        same = {"verdicts": recorded.get("verdicts")}
        one, other = ({**same, **found.get(_WORKLOADS, {"targets": []})} for found in (recorded, computed))
        yield from differences(one, other)
    if recorded.get("targets") != computed["targets"] or recorded.get("verdicts") != computed["verdicts"]:
        yield "the list of targets or of verdicts differs"


def _cell(judgement: Judgement) -> dict[str, Any]:
    cell: dict[str, Any] = {"verdict": judgement.verdict.value}
    if judgement.message:
        cell["reason"] = judgement.message
    declared = judgement.declarations
    if declared:
        cell["consequence"] = " ".join(dict.fromkeys(one.consequence for one in declared))
        cell["way_around"] = " ".join(dict.fromkeys(one.way_around for one in declared))
    return cell


def _cells(facts: Facts) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    return {
        (change["id"], target): {**{key: cell[key] for key in cell if key != _EXECUTED}, "text": change["text"]}
        for change in facts.get("changes", [])
        for target, cell in change["cells"].items()
    }


def _summary(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return "nothing"
    rest = ", ".join(f"{key}={value!r}" for key, value in cell.items() if key not in ("verdict", "text"))
    return f"{cell['verdict']} ({cell['text']}{'; ' if rest else ''}{rest})"
