"""The same targets with larger copies: the app's own templates for each size, priced like its others."""

import contextlib
import hashlib
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deployment.assembly import Assembly
from deployment.cdk import synth
from local_aws.environment import REPOSITORY, Settings
from pricing.deployment import deployments
from pricing.prices import PriceList
from pricing.profile import Profile, profile

LARGER = ((512, 1024), (1024, 2048), (2048, 4096))
"""CPU units and MiB of a copy: every target sells these."""
KEPT = REPOSITORY / "build" / "sizes"
_SOURCES = ("app.py", "cdk.json", "uv.lock", "microservice", "stacks")
_AT_ONCE = 2


@dataclass(frozen=True, kw_only=True)
class Size:
    """Every target with copies of one size.

    Attributes:
        vcpus: processors of a copy; a machine or a function of that memory may have others.
        memory_mib: memory of a copy, in MiB.
        profiles: the targets with such copies.
    """

    vcpus: float
    memory_mib: float
    profiles: tuple[Profile, ...]

    @property
    def name(self) -> str:
        """Return "0.25 vCPU, 512 MiB"."""
        return f"{self.vcpus:g} vCPU, {self.memory_mib:g} MiB"


def own_size(profiles: Sequence[Profile]) -> Size:
    """Return the size that most of these targets give a copy."""
    vcpus, memory_mib = statistics.mode((one.capacity.vcpus, one.capacity.memory_mib) for one in profiles)
    return Size(vcpus=vcpus, memory_mib=memory_mib, profiles=tuple(profiles))


def size(assembly: Assembly, cpu: int, memory_mib: int) -> Size:
    """Price an assembly whose service has that many CPU units and MiB.

    Raises:
        ActionableError: something in it cannot be priced.
    """
    prices = PriceList.load()
    found = tuple(profile(each, prices) for each in deployments(assembly))
    return Size(vcpus=cpu / 1024, memory_mib=memory_mib, profiles=found)


def larger_sizes(directory: Path = KEPT) -> tuple[Size, ...]:
    """Return the sizes above the app's own; their templates are kept in `directory` until the app changes.

    Raises:
        ActionableError: the app does not synthesise with one of them, or something cannot be priced.
    """
    kept = directory / _digest()
    for old in directory.glob("*") if directory.is_dir() else ():
        if old != kept:
            shutil.rmtree(old, ignore_errors=True)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        assemblies = list(pool.map(lambda pair: _synthesised(kept, *pair), LARGER))
    return tuple(size(found, *pair) for found, pair in zip(assemblies, LARGER, strict=True))


def _synthesised(directory: Path, cpu: int, memory_mib: int) -> Assembly:
    place = directory / f"{cpu}-{memory_mib}"
    if not place.exists():
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory) as draft:
            settings = Settings(directory=Path(draft), assembly=Path(draft) / "cdk.out")
            synth(settings, {"service": {"cpu": cpu, "memory_mib": memory_mib}})
            for bundle in settings.assembly.glob("asset.*.zip"):
                bundle.unlink()  # Tens of megabytes that no price is read from.
            with contextlib.suppress(OSError):  # Another process was quicker.
                settings.assembly.rename(place)
    return Assembly.load(place)


def _digest() -> str:
    """What the templates are made from, as a number: another app has another one."""
    digest = hashlib.sha256()
    for path in sorted(path for name in _SOURCES for path in _files(REPOSITORY / name)):
        digest.update(path.relative_to(REPOSITORY).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    else:
        yield from (found for found in path.rglob("*") if found.is_file() and "__pycache__" not in found.parts)
