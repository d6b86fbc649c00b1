"""The evidence of a run from its state file, and the versions of the programs that a run uses."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from comparison.facts.evidence import Evidence, as_text
from comparison.facts.unverified import read_unverified
from deployment.paths import REPOSITORY
from deployment.target_ids import documented_targets
from sandbox.drill import DrillOutcome
from sandbox.run_evidence import FinishedDrill, evidence_of, made_against
from sandbox.state import RunState, StateFile

EVIDENCE_FILE = "evidence.json"
_CLI = REPOSITORY / "node_modules" / "aws-cdk" / "package.json"


def versions() -> dict[str, str]:
    """Return program or library -> version."""
    found = {"python": platform.python_version(), "boto3": metadata.version("boto3")}
    found["aws-cdk-lib"] = metadata.version("aws-cdk-lib")
    if _CLI.is_file():
        found["aws-cdk"] = str(json.loads(_CLI.read_text())["version"])
    return dict(sorted(found.items()))


def evidence(state: RunState, times: Mapping[str, Mapping[str, float]] = {}) -> Evidence:
    """Return what the drills of a run have settled and measured so far.

    Args:
        state: the run.
        times: target -> field of `Measurements` -> seconds that its stack took. Default: none.
    """
    finished = [
        FinishedDrill(
            drill=found.drill,
            target=found.target,
            seconds=found.seconds,
            outcome=DrillOutcome(
                outcome=found.outcome,
                reason=found.reason,
                proven=found.proven,
                refuted=found.refuted,
                measured={**times.get(found.target, {}), **found.measured},
            ),
        )
        for found in state.drills
    ]
    return evidence_of(
        finished,
        read_unverified(documented_targets()),
        run=state.run,
        source=made_against(state.endpoint),
        started=state.started.date(),
        region=state.region,
        level=state.level,
        versions=state.versions,
    )


def write_evidence(file: StateFile, times: Mapping[str, Mapping[str, float]] = {}) -> tuple[Evidence, Path]:
    """Write the evidence beside the state file, and return it with its path; see `evidence`."""
    found = evidence(file.state, times)
    path = file.directory / EVIDENCE_FILE
    path.write_text(as_text(found))
    return found, path
