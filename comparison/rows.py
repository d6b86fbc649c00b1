"""One row a target: what its template is, and what the last run found out. Pure, apart from reading files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comparison.constructs import FOLDER, find
from deployment.assembly import Assembly
from deployment.results import Results, TargetResult


@dataclass(frozen=True, kw_only=True)
class Row:
    """A target.

    Attributes:
        what: what it is and what you pay for, in its construct's words.
        file: the construct's file in `microservice/`.
        resources: CloudFormation resources of its stack, CDK's own metadata not counted.
        template_lines: lines of its stack's template, indented by one space a level.
        construct_lines: lines of the construct's file that are not blank.
        fixed_by_platform: field of the service's spec -> why this platform does not follow it.
        outcome: of the last local run; "" when it was not in one.
        first_answer_s: seconds from the start of its stack's deployment to its first ready answer, on this machine.
        p50_ms: median read of an order, on this machine.
        memory_mib: resident memory of its largest container, on this machine.
        executed_by: engine and version of that run.
    """

    target: str
    what: str
    construct: str
    file: str
    stack: str
    resources: int
    template_lines: int
    construct_lines: int
    fixed_by_platform: Mapping[str, str] = field(default_factory=dict)
    outcome: str = ""
    first_answer_s: float | None = None
    p50_ms: float | None = None
    memory_mib: float | None = None
    executed_by: str = ""


def rows(assembly: Assembly, results: Results | None = None, constructs: Path = FOLDER) -> list[Row]:
    """Return one row for each target that the assembly declares, in its order."""
    stacks = {stack.name: stack for stack in assembly.stacks}
    found = []
    for target in assembly.targets.values():
        construct, stack = find(target.construct, constructs), stacks[target.stack]
        row = Row(
            target=target.id,
            what=construct.what,
            construct=construct.name,
            file=construct.file,
            stack=stack.name,
            resources=stack.resources,
            template_lines=template_lines(json.loads(stack.template.read_text())),
            construct_lines=construct.lines,
            fixed_by_platform=target.fixed_by_platform,
            **_measured(target.id, results),
        )
        found.append(row)
    return found


def template_lines(template: Mapping[str, object]) -> int:
    """Return how long a template is in the CDK's own layout, whatever the layout of its file."""
    return json.dumps(template, indent=1).count("\n") + 1


def _first_answer(known: TargetResult) -> float | None:
    if known.deploy_s is None or known.healthy_s is None:
        return None
    return round(known.deploy_s + known.healthy_s, 2)


def _measured(target: str, results: Results | None) -> dict[str, Any]:
    known = results.targets.get(target) if results else None
    if known is None:
        return {}
    return {
        "outcome": known.outcome.value,
        "first_answer_s": _first_answer(known),
        "p50_ms": known.p50_ms,
        "memory_mib": known.memory_mib,
        "executed_by": known.executed_by,
    }
