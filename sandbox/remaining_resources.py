"""The search for remaining resources after a run whose last drill did not search, and the file that lists them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deployment.preflight import Account
from sandbox import inventory, leftovers
from sandbox.drills.destroy import LEFTOVERS_FILE
from sandbox.environment import AccountEnvironment
from sandbox.inventory import Inventory
from sandbox.resource_kinds import State

PERMISSIONS = (*inventory.PERMISSIONS, *leftovers.PERMISSIONS)


@dataclass(frozen=True, kw_only=True)
class RemainingResource:
    """A resource that no stack has any more, or of which AWS does not say whether it exists.

    Attributes:
        name: its type and ID.
        reason: what is known about it.
        command: the command that removes it; "" without one.
    """

    name: str
    reason: str
    command: str = ""


def take_inventory(environment: AccountEnvironment, stacks: Mapping[str, str]) -> Inventory:
    """List what stacks contain, before they are deleted.

    Args:
        environment: the account.
        stacks: name -> ID of each stack.
    """
    return inventory.take(Account(environment.client, environment.region), stacks)


def search(environment: AccountEnvironment, before: Inventory) -> None:
    """Search for what remains of an inventory, and write it into the directory of the run."""
    found = leftovers.search(Account(environment.client, environment.region), before, environment.run)
    path = environment.directory / LEFTOVERS_FILE
    path.write_text(json.dumps([asdict(one) for one in found], indent=2) + "\n")


def keep(directory: Path, target: str) -> None:
    """Keep what the last drill of a target has found: that of the next target writes a file of the same name."""
    path = directory / LEFTOVERS_FILE
    if path.exists():
        path.replace(directory / f"{target}.{LEFTOVERS_FILE}")


def read(directory: Path) -> list[RemainingResource]:
    """Return the resources in the files of a run that remain or may remain, without those that AWS itself removes."""
    return [found for path in sorted(directory.glob(f"*{LEFTOVERS_FILE}")) for found in _in_file(path)]


def _in_file(path: Path) -> Iterator[RemainingResource]:
    entries: list[dict[str, Any]] = json.loads(path.read_text())
    for one in entries:
        if one["state"] == State.EXPECTED and not one["command"]:
            continue
        reason = one["reason"] or (
            "it exists" if one["state"] == State.PRESENT else "AWS does not say whether it exists"
        )
        yield RemainingResource(name=f"{one['type']} {one['id']}", reason=reason, command=one["command"])
