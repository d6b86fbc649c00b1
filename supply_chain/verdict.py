"""The verdict about an audit: a tool that audited nothing reports no vulnerability either."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from supply_chain.locks import Package

Key = tuple[str, str]
"""Name and version of a package."""


@dataclass(frozen=True, kw_only=True)
class Audited:
    """The report of a tool.

    Attributes:
        packages: packages that it compared with the vulnerability service.
        vulnerable: package -> IDs of its known vulnerabilities.
    """

    packages: frozenset[Key]
    vulnerable: Mapping[Key, tuple[str, ...]]


class UnreachableError(Exception):
    """The vulnerability service gave no result."""


def from_pip_audit(report: Mapping[str, Any]) -> Audited:
    """Return what `pip-audit --format json` reports; a package that the service does not know is skipped there."""
    done = [found for found in report["dependencies"] if "vulns" in found and "skip_reason" not in found]
    keys = [(found["name"], found["version"]) for found in done]
    vulns = {key: tuple(one["id"] for one in found["vulns"]) for key, found in zip(keys, done, strict=True)}
    return Audited(packages=frozenset(keys), vulnerable={key: ids for key, ids in vulns.items() if ids})


def problems(file: str, locked: Iterable[Package], audited: Audited, canary: Key) -> list[str]:
    """Return what is wrong: vulnerabilities, packages that were not audited, and a canary that was not reported.

    Args:
        file: name of the lock file.
        locked: its packages.
        audited: what the tool reports about these and the canary.
        canary: a package with a known vulnerability.
    """
    expected = {(package.name, package.version) for package in locked}
    found = []
    if not expected:
        found.append(f"{file} has no packages: nothing was audited")
    missed = sorted(expected - audited.packages)
    if missed:
        names = ", ".join("==".join(key) for key in missed[:5])
        found.append(f"{file}: {len(missed)} of {len(expected)} packages were not audited, such as {names}")
    if canary not in audited.vulnerable:
        found.append(f"{file}: the known vulnerability of {'=='.join(canary)} was not reported, so none would be")
    for key, ids in sorted(audited.vulnerable.items()):
        if key != canary:
            found.append(f"{file}: {'=='.join(key)} has {', '.join(ids)}")
    return found
