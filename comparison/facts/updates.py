"""Effects of changes on a running service: `updates.json`, which `python -m updates --write` computes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deployment.errors import ActionableError

FILE = Path(__file__).with_name("updates.json")
SHARED = "shared"
WITH_OPTIONS = " with options"
_WRITE = "python -m updates --write"


@dataclass(frozen=True, kw_only=True)
class UpdateVerdict:
    """The effect of one change on one target.

    Attributes:
        verdict: a name of `Updates.verdicts`.
        reason: why the target rejects it, or does not support it; "" otherwise.
        consequence: what users and operators notice; "" for nothing.
        way_around: how to avoid the consequence; "" for nothing.
    """

    verdict: str
    reason: str = ""
    consequence: str = ""
    way_around: str = ""


@dataclass(frozen=True, kw_only=True)
class Update:
    """One change of a running service.

    Attributes:
        id: such as `port`, `blue_green_bake_time on`, or `PlatformVersion`.
        kind: `field`, `option`, `parameter`, `context`, `app` or `with options`.
        text: what changes into what.
        cells: target -> what it does; a target that does not have the option is left out.
    """

    id: str
    kind: str
    text: str
    cells: Mapping[str, UpdateVerdict]


@dataclass(frozen=True, kw_only=True)
class Updates:
    """All changes.

    Attributes:
        targets: IDs of the targets.
        verdicts: name of a verdict -> its meaning.
        changes: the changes.
        workloads: those of the constructs of workers and jobs. Default: none.
    """

    targets: tuple[str, ...]
    verdicts: Mapping[str, str]
    changes: tuple[Update, ...]
    workloads: "Updates | None" = None


def read(path: Path = FILE) -> Updates:
    """Read the recorded changes.

    Raises:
        ActionableError: there are none.
    """
    try:
        found = json.loads(path.read_text())
        workloads = _updates({**found["workloads"], "verdicts": found["verdicts"]}) if "workloads" in found else None
        return replace(_updates(found), workloads=workloads)
    except (OSError, ValueError, KeyError) as error:
        raise ActionableError(f"{path.name} cannot be read", f"{type(error).__name__}: {error}", _WRITE) from None


def _updates(found: Mapping[str, Any]) -> Updates:
    return Updates(
        targets=tuple(found["targets"]),
        verdicts=found["verdicts"],
        changes=tuple(
            Update(
                id=change["id"],
                kind=change["kind"],
                text=change["text"],
                cells={
                    target: UpdateVerdict(
                        verdict=cell["verdict"],
                        reason=cell.get("reason", ""),
                        consequence=cell.get("consequence", ""),
                        way_around=cell.get("way_around", ""),
                    )
                    for target, cell in change["cells"].items()
                },
            )
            for change in found["changes"]
        ),
    )
