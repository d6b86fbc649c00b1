"""IDs of targets, such as `ecs-fargate`, and the error for one that does not exist."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection

from deployment.errors import ActionableError
from deployment.paths import REPOSITORY

_INDEX = REPOSITORY / "docs" / "README.md"


def documented_targets() -> list[str]:
    """Return the targets with a page, in the order of the index: all, also those that are off by default.

    No synthesis is needed. Without the index, there are none.
    """
    return re.findall(r"\]\(targets/([\w-]+)\.md\)", _INDEX.read_text()) if _INDEX.is_file() else []


def require_documented(names: Collection[str]) -> None:
    """Check that this repository has these targets, before its app is synthesised.

    Raises:
        ActionableError: it has no target of that name.
    """
    if allowed := documented_targets():
        # The ID of one of several services of a target ends with its construct path: "ecs-fargate:Shop/Orders".
        require_ids([name.partition(":")[0] for name in names], allowed)


def require_ids(names: Collection[str], allowed: Collection[str]) -> None:
    """Check that each name is an allowed ID.

    Raises:
        ActionableError: a name is not.
    """
    for name in names:
        if name not in allowed:
            near = difflib.get_close_matches(name, allowed, n=1)
            fix = f"use {near[0]}" if near else "use one of these IDs"
            raise ActionableError(f"there is no target {name!r}", f"the app has {', '.join(allowed)}", fix)
