"""Readers of the lock files: every package with its version, from each registry."""

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

_REQUIREMENT = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?P<rest>.*)$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, order=True, kw_only=True)
class Package:
    """A locked package.

    Attributes:
        name: normalized name.
        version: exact version.
        hashes: SHA-256 digests of its files, in the order of the lock file. Default: none.
    """

    name: str
    version: str
    hashes: tuple[str, ...] = ()


def uv_lock(text: str) -> list[Package]:
    """Return the packages of `uv.lock` from a registry: those of every group, on every platform."""
    packages = tomllib.loads(text)["package"]
    return sorted(
        Package(name=_normalized(found["name"]), version=found["version"])
        for found in packages
        if "registry" in found["source"]
    )


def requirements(text: str) -> list[Package]:
    """Return the packages of a requirements file.

    Raises:
        ValueError: A line is not pinned to one version.
    """
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = _REQUIREMENT.match(line)
        if match is None:
            raise ValueError(f"the requirement {line.strip()!r} is not valid (allowed: NAME==VERSION). Pin it.")
        hashes = tuple(_HASH.findall(match["rest"]))
        found.append(Package(name=_normalized(match["name"]), version=match["version"], hashes=hashes))
    return sorted(found)


def package_lock(text: str) -> list[Package]:
    """Return the packages of `package-lock.json`, without the project itself."""
    packages = json.loads(text)["packages"]
    return sorted(
        Package(name=path.rpartition("node_modules/")[2], version=found["version"])
        for path, found in packages.items()
        if path
    )


def read(path: Path) -> list[Package]:
    """Return the packages of a lock file; its name decides about the format."""
    readers = {"uv.lock": uv_lock, "package-lock.json": package_lock}
    return readers.get(path.name, requirements)(path.read_text())


def _normalized(name: str) -> str:
    """Return a name as the Python Package Index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
