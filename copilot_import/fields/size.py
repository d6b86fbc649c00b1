"""Processors, memory, how many copies, and for which processors the image is built."""

import re
from collections.abc import Iterator

from copilot_import.fields.taken import Taken
from copilot_import.kinds import REQUEST_DRIVEN
from copilot_import.manifest import Manifest
from copilot_import.tree import Fields, Path, Scalar

# https://docs.aws.amazon.com/apprunner/latest/dg/manage-autoscaling.html: DefaultConfiguration (2026-11-24)
_APP_RUNNER = (1, 25)


def size(manifest: Manifest) -> Iterator[Taken]:
    """Yield cpu and memory."""
    for field, said, default in (
        ("cpu", "cpu", manifest.kind.cpu),
        ("memory_mib", "memory", manifest.kind.memory_mib),
    ):
        value = manifest.whole(said)
        yield Taken(field, default if value is None else value, (said,) if value is not None else ())


def architecture(manifest: Manifest) -> Taken:
    """Return the architecture; Windows is refused."""
    node = manifest.find("platform")
    if node is None:
        return Taken("architecture", "x86_64")
    is_map = isinstance(node, Fields)
    system = (manifest.text("platform", "osfamily") or "linux") if is_map else _part_of_platform(manifest, 0)
    processor = (manifest.text("platform", "architecture") or "x86_64") if is_map else _part_of_platform(manifest, 1)
    if system.startswith("windows"):
        raise manifest.refusal(
            ("platform",), node, "linux", "no target here runs Windows containers: stay on ECS's own"
        )
    found = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "arm": "arm64"}.get(processor.lower())
    if system != "linux" or found is None:
        raise manifest.refusal(("platform",), node, "linux/x86_64 or linux/arm64", "write one of these")
    return Taken("architecture", found, ("platform", "architecture") if is_map else ("platform",))


def _part_of_platform(manifest: Manifest, index: int) -> str:
    """Return a part of `platform: system/processor`, empty where it has none."""
    return [*(manifest.text("platform") or "").lower().split("/"), ""][index]


def instances(manifest: Manifest) -> Iterator[Taken]:
    """Yield how many copies run at least and at most, and what load scaling aims at."""
    source, low, high = _range(manifest)
    advice = ""
    if manifest.kind is REQUEST_DRIVEN:
        advice = "what App Runner does by default" + ("; copy that configuration's figures" if source else "")
    is_changed = bool(source) and bool(advice)
    if low == 0:
        low, advice, is_changed = 1, "nothing here starts a task when there is work; Lambda alone starts at none", True
    yield Taken("min_instances", low, source, advice, is_changed)
    yield Taken("max_instances", max(high, low), source, "", is_changed)
    aim = manifest.find("count", "cpu_percentage") if _is_map(manifest) else None
    if aim is not None:
        path = ("count", "cpu_percentage") if isinstance(aim, Scalar) else ("count", "cpu_percentage", "value")
        said = manifest.whole(*path)
        if said is not None:
            fitting = min(max(said, 10), 90)
            advice = "10 to 90: leave room to scale" if fitting != said else ""
            yield Taken("target_cpu_percent", fitting, path, advice, is_changed=fitting != said)


def _range(manifest: Manifest) -> tuple[Path, int, int]:
    count = manifest.find("count")
    if manifest.kind is REQUEST_DRIVEN:
        return (("count",) if count else (), *_APP_RUNNER)
    if count is None:
        return (), 1, 1
    if not _is_map(manifest):
        said = manifest.whole("count")
        return ("count",), *_pair(manifest, ("count",), said, said)
    if manifest.find("count", "spot"):
        said = manifest.whole("count", "spot")
        return ("count", "spot"), *_pair(manifest, ("count", "spot"), said, said)
    span = manifest.find("count", "range")
    if isinstance(span, Fields):
        low, high = manifest.whole("count", "range", "min"), manifest.whole("count", "range", "max")
        return ("count", "range", "min"), *_pair(manifest, ("count", "range"), low, high)
    if span is None:
        return (), 1, 1
    match = re.fullmatch(r"(\d{1,9})-(\d{1,9})", manifest.text("count", "range") or "")
    if not match:
        raise manifest.refusal(("count", "range"), span, "MIN-MAX, such as 1-10", "write the two numbers")
    return ("count", "range"), *_pair(manifest, ("count", "range"), int(match[1]), int(match[2]))


def _pair(manifest: Manifest, path: Path, low: int | None, high: int | None) -> tuple[int, int]:
    node = manifest.find(*path)
    if low is None or high is None or not 0 <= low <= high <= 1000:
        if node is None:
            return 1, 1
        raise manifest.refusal(path, node, "0 to 1000, the least first", "write how many copies run")
    return low, high


def _is_map(manifest: Manifest) -> bool:
    return isinstance(manifest.find("count"), Fields)
