"""Cost models of all targets at larger replica sizes, each priced from templates synthesised for that size."""

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
from deployment.template import target_templates
from pricing.cost_model import CostModel, cost_model
from pricing.prices import PriceList

LARGER_SIZES = ((512, 1024), (1024, 2048), (2048, 4096))
"""CPU units and MiB per replica, which all targets support."""
_REPOSITORY = Path(__file__).resolve().parent.parent
CACHE = _REPOSITORY / "build" / "sizes"
_SOURCES = ("app.py", "service.py", "cdk.json", "uv.lock", "microservice", "stacks")
_PARALLEL = 2


@dataclass(frozen=True, kw_only=True)
class ReplicaSize:
    """All targets with replicas of one size.

    Attributes:
        vcpus: of a replica; an EC2 instance or a Lambda function with that memory may have another number.
        memory_mib: of a replica, in MiB.
        cost_models: one for each target.
    """

    vcpus: float
    memory_mib: float
    cost_models: tuple[CostModel, ...]

    @property
    def name(self) -> str:
        """Return "0.25 vCPU, 512 MiB"."""
        return f"{self.vcpus:g} vCPU, {self.memory_mib:g} MiB"


def default_size(cost_models: Sequence[CostModel]) -> ReplicaSize:
    """Return the size that most of these targets give a replica."""
    vcpus, memory_mib = statistics.mode((one.capacity.vcpus, one.capacity.memory_mib) for one in cost_models)
    return ReplicaSize(vcpus=vcpus, memory_mib=memory_mib, cost_models=tuple(cost_models))


def priced_size(assembly: Assembly, cpu: int, memory_mib: int) -> ReplicaSize:
    """Price an assembly whose service spec has that many CPU units and MiB.

    Raises:
        ActionableError: a resource cannot be priced.
    """
    prices = PriceList.load()
    found = tuple(cost_model(each, prices) for each in target_templates(assembly))
    return ReplicaSize(vcpus=cpu / 1024, memory_mib=memory_mib, cost_models=found)


def larger_sizes(cache: Path = CACHE) -> tuple[ReplicaSize, ...]:
    """Return the sizes above the app's own. Their templates are cached until the app changes.

    Raises:
        ActionableError: the app does not synthesise with one of the sizes, or a resource cannot be priced.
    """
    current = cache / _digest()
    for old in cache.glob("*") if cache.is_dir() else ():
        if old != current:
            shutil.rmtree(old, ignore_errors=True)
    with ThreadPoolExecutor(_PARALLEL) as pool:
        assemblies = list(pool.map(lambda size: _synthesized(current, *size), LARGER_SIZES))
    return tuple(priced_size(found, *size) for found, size in zip(assemblies, LARGER_SIZES, strict=True))


def _synthesized(directory: Path, cpu: int, memory_mib: int) -> Assembly:
    cached = directory / f"{cpu}-{memory_mib}"
    if not cached.exists():
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory) as draft:
            assembly = synth(Path(draft) / "cdk.out", context={"service": {"cpu": cpu, "memory_mib": memory_mib}})
            for asset in assembly.path.glob("asset.*.zip"):
                asset.unlink()  # Tens of megabytes that contain no price.
            with contextlib.suppress(OSError):  # Another process was faster.
                assembly.path.rename(cached)
    return Assembly.load(cached)


def _digest() -> str:
    """Hash of the files that the templates are made from."""
    digest = hashlib.sha256()
    for path in sorted(path for name in _SOURCES for path in _files(_REPOSITORY / name)):
        digest.update(path.relative_to(_REPOSITORY).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    else:
        yield from (found for found in path.rglob("*") if found.is_file() and "__pycache__" not in found.parts)
