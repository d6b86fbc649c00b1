"""Evidence of a run: a dated record, without anything that identifies an account, that can be published.

A file is JSON. `parse` rejects unknown fields, values of another form, and everything that looks like an account ID,
ARN, host name, address or token.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from comparison.facts import identifying_text
from deployment.drills import BY_ID, Level
from deployment.errors import ActionableError

Verdict = Literal["proven", "refuted", "not settled"]
Source = Literal["AWS", "the emulator", "nothing: an invented example"]
MAX_TEXT, MAX_REASON = 200, 400
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]
_Figure = Annotated[float, msgspec.Meta(ge=0)]


class DrillResult(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The result of one drill on one target.

    Attributes:
        drill: the drill's ID.
        target: the target's ID.
        outcome: "passed", "failed" or "not run".
        seconds: how long it took.
        reason: why it failed or was not run. Default: "".
    """

    drill: str
    target: _Text
    outcome: Literal["passed", "failed", "not run"]
    seconds: _Figure
    reason: Annotated[str, msgspec.Meta(max_length=MAX_REASON)] = ""


class Measurements(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The figures that the drills of a run measured on one target; None for each that they did not measure.

    Attributes:
        deploy_s: seconds that CloudFormation took for the stack of the target.
        healthy_s: seconds from the start of D1, after the deployment, to the first response 200 of the health check.
        cold_start_s: seconds of the first response while no replica runs.
        p50_ms: median response time of sequential reads, in milliseconds.
        p99_ms: 99th percentile of the same requests.
        rollback_s: seconds from the update to a broken version until the version before it is deployed again.
        delete_s: seconds until the stack of the target is deleted.
    """

    deploy_s: _Figure | None = None
    healthy_s: _Figure | None = None
    cold_start_s: _Figure | None = None
    p50_ms: _Figure | None = None
    p99_ms: _Figure | None = None
    rollback_s: _Figure | None = None
    delete_s: _Figure | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The evidence of one run.

    Attributes:
        schema: version of this form.
        run: ID of the run.
        made_against: what the run was made against; only "AWS" proves or refutes a statement.
        date: day on which the run started, in UTC.
        region: the Region.
        level: the level of the drills.
        versions: program or library -> version.
        drills: result of each drill.
        statements: ID of a statement -> verdict.
        measurements: ID of a target -> its figures. Default: none.
    """

    schema: Literal[1]
    run: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]{4,8}$")]
    made_against: Source
    date: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    region: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
    level: Level
    versions: dict[str, _Text]
    drills: list[DrillResult]
    statements: dict[str, Verdict]
    measurements: dict[str, Measurements] = {}

    @property
    def seconds(self) -> float:
        """Seconds of all drills."""
        return sum(found.seconds for found in self.drills)

    @property
    def file_name(self) -> str:
        """Name of its file, such as "2026-11-29-us-east-1-x7k2.json"."""
        return f"{self.date}-{self.region}-{self.run}.json"


def parse(text: str, name: str = "the evidence") -> Evidence:
    """Read evidence.

    Args:
        text: the JSON.
        name: its name in messages. Default: "the evidence".

    Raises:
        ActionableError: it has another form, contains something that must not be published, or claims more than its
            source can prove.
    """
    _require_anonymous(text, name)
    try:
        evidence = msgspec.json.decode(text, type=Evidence)
    except msgspec.DecodeError as error:
        raise ActionableError(f"{name} is no evidence of a run", str(error), "see docs/sandbox.md") from None
    # In JSON, an escape sequence may hide a text or a part of it.
    for value in _strings(msgspec.to_builtins(evidence)):
        _require_anonymous(value, name)
    if unknown := [found.drill for found in evidence.drills if found.drill not in BY_ID]:
        raise ActionableError(f"{name} has the drill {unknown[0]!r}", f"allowed: {', '.join(BY_ID)}", "correct its ID")
    if unknown := sorted(evidence.measurements.keys() - {found.target for found in evidence.drills}):
        raise ActionableError(
            f"{name} has measurements of {unknown[0]!r}", "no drill ran on this target", "correct its ID"
        )
    settled = [one for one, verdict in evidence.statements.items() if verdict != "not settled"]
    if settled and evidence.made_against != "AWS":
        raise ActionableError(
            f"{name} settles {settled[0]}",
            f"it was made against {evidence.made_against}",
            "only a run on AWS settles it",
        )
    return evidence


def read(path: Path) -> Evidence:
    """Read the evidence in a file.

    Raises:
        ActionableError: see `parse`; or the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ActionableError(f"{path} cannot be read", str(error), "pass the path of a JSON file") from None
    return parse(text, path.name)


def as_text(evidence: Evidence) -> str:
    """Return evidence as JSON: the same bytes for the same run."""
    return json.dumps(msgspec.to_builtins(evidence), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _require_anonymous(text: str, name: str) -> None:
    if found := identifying_text.find(text):
        what, part = found
        raise ActionableError(f"{name} contains {what}", _masked(part), "remove it before you publish the file")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in (*value, *value.values()):
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def _masked(text: str) -> str:
    return f"it starts with {text[:4]!r}"
