"""The result of each failure on each target: `failures.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deployment.errors import ActionableError

FILE = Path(__file__).with_name("failures.toml")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One failure.

    Attributes:
        id: ID in kebab case.
        title: The failure, as a clause.
        results: Target ID -> (what happens, within which time).
        executed: Targets on which the tests of the local run execute it.
    """

    id: str
    title: str
    results: Mapping[str, tuple[str, str]]
    executed: frozenset[str]


def read_failures(path: Path = FILE) -> tuple[Failure, ...]:
    """Read the failures.

    Raises:
        ActionableError: the file is invalid, or it says that a failure is executed on a target without a result.
    """
    try:
        entries = tomllib.loads(path.read_text())["failure"]
        failures = tuple(
            Failure(
                id=entry["id"],
                title=entry["title"],
                results={target: (result, within) for target, (result, within) in entry["results"].items()},
                executed=frozenset(entry["executed"]),
            )
            for entry in entries
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, ValueError) as error:
        raise ActionableError(f"{path} cannot be read", str(error), f"git checkout {path.name}") from None
    for failure in failures:
        if unknown := failure.executed - failure.results.keys():
            cause = f"{failure.id} is executed on {', '.join(sorted(unknown))}, which has no result"
            raise ActionableError(f"{path.name} is invalid", cause, "add the result, or correct the target")
    return failures
