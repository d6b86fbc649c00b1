"""The table of the images of a repository."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deployment.console import mebibytes
from deployment.images.retention import Decision

_NAME_LENGTH = 12
_MIB = 2**20


def table(decisions: Sequence[Decision], now: datetime) -> RenderableType:
    """Render one line for each image, the newest first, and the sum of what can be deleted."""
    grid = Table.grid(padding=(0, 2))
    for justify in ("left", "right", "right"):
        grid.add_column(justify=justify, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(*(Text(title, "dim") for title in ("  image", "age", "size", "used by, or reason to keep it")))
    for decision in decisions:
        image = decision.image
        age = f"{max(0, (now - image.pushed_at).days)} d"
        reason = ", ".join(decision.users) or decision.kept or "unused: can be deleted"
        name = f"  {image.name[:_NAME_LENGTH]}"
        style = "" if decision.kept else "bold"
        grid.add_row(Text(name, style), age, mebibytes(image.size_bytes / _MIB), Text(reason, style))
    deletable = [decision.image for decision in decisions if not decision.kept]
    size = mebibytes(sum(image.size_bytes for image in deletable) / _MIB)
    count = f"{len(deletable)} of {len(decisions)} can be deleted" + (f" ({size})" if deletable else "")
    return Group(grid, Text(), Text(f"  {count}"))


def as_json(repository: str, decisions: Sequence[Decision], deleted: Sequence[str]) -> dict[str, Any]:
    """Return the decisions as data.

    Args:
        repository: name of the repository.
        decisions: the decisions.
        deleted: digests that were deleted.
    """
    return {
        "schema": 1,
        "repository": repository,
        "images": [
            {
                "digest": decision.image.digest,
                "tags": list(decision.image.tags),
                "size_bytes": decision.image.size_bytes,
                "pushed_at": decision.image.pushed_at.isoformat(),
                "used_by": list(decision.users),
                "kept": decision.kept,
                "deleted": decision.image.digest in deleted,
            }
            for decision in decisions
        ],
    }
