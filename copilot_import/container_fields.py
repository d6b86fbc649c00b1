"""The fields of the spec about the container: its command, health check, start-up time and writable directories."""

import re
from collections.abc import Iterator

from copilot_import.durations import seconds as seconds_in
from copilot_import.manifest import Manifest
from copilot_import.mapped_field import MappedField
from copilot_import.yaml_tree import FieldPath
from microservice.errors import InvalidServiceSpecError
from microservice.spec import ServiceSpec

_START_SECONDS = (5, 900)
_SHELL, _EXEC = "CMD-SHELL", "CMD"


def container_fields(manifest: Manifest) -> Iterator[MappedField]:
    """Yield the fields that the manifest sets.

    Raises:
        ActionableError: a duration is not valid.
    """
    if command := [word for word in manifest.command("command") if word]:
        yield MappedField("command", command, ("command",))
    if check := health_check_command(manifest):
        advice = "on ECS, EKS, Beanstalk and EC2; the image must contain the program"
        yield MappedField("health_command", check, ("image", "healthcheck", "command"), advice)
    yield from _health_codes(manifest)
    yield from _start_seconds(manifest)
    yield from _writable_paths(manifest)


def health_check_command(manifest: Manifest) -> list[str]:
    """Return the command of the container's health check, with Docker's `CMD` or `CMD-SHELL`; empty without one."""
    node = manifest.find("image", "healthcheck", "command")
    words = [word for word in manifest.words("image", "healthcheck", "command") if word]
    if not words or words[0] == "NONE":
        return []
    if node is not None and node.is_scalar and len(words) == 1:
        return [_SHELL, words[0]]
    if words[0] == _SHELL:
        return [_SHELL, " ".join(words[1:])] if words[1:] else []
    found = words[1:] if words[0] == _EXEC else words
    return [_EXEC, *found] if found else []


def _health_codes(manifest: Manifest) -> Iterator[MappedField]:
    source = ("http", "healthcheck", "success_codes")
    check = manifest.find("http", "healthcheck")
    node = manifest.find(*source) if check and check.is_map else None
    if node is None:
        return
    codes = re.sub(r"\s+", "", ",".join(map(str, node.items)) if node.items else str(node))
    try:
        ServiceSpec(name="any", health_codes=codes)
    except InvalidServiceSpecError:
        advice = "codes and ranges from 200 to 499, separated by commas"
        yield MappedField("health_codes", "200", source, advice, is_changed=True)
        return
    yield MappedField("health_codes", codes, source)


def _start_seconds(manifest: Manifest) -> Iterator[MappedField]:
    """The longest of the grace period and the start period; the other one is covered by it."""
    sources: tuple[FieldPath, ...] = (
        ("http", "healthcheck", "grace_period"),
        ("image", "healthcheck", "start_period"),
    )
    found = [(seconds, source) for source in sources if (seconds := _seconds(manifest, source)) is not None]
    low, high = _START_SECONDS
    for seconds, source in found:
        longest = max(each for each, _ in found)
        allowed = min(max(round(longest), low), high)
        advice = f"{low} to {high} seconds" if round(longest) != allowed else ""
        if seconds != longest:
            advice = "one duration for both checks: the longer one"
        yield MappedField("start_seconds", allowed, source, advice, is_changed=allowed != seconds)


def _seconds(manifest: Manifest, source: FieldPath) -> float | None:
    node = manifest.find(*source)
    if node is None or not node.is_scalar:
        return None
    found = seconds_in(str(node))
    if found is None:
        raise manifest.error(source, node, "a duration such as 90s or 1m30s", "write the number with its unit")
    return found


def _writable_paths(manifest: Manifest) -> Iterator[MappedField]:
    """The volumes that are not on EFS: directories of the task, empty at its start."""
    for name, node in manifest.section("storage", "volumes").items():
        path = node.fields.get("path")
        if path is None or not path.is_scalar or node.fields.get("efs") is not None:
            continue
        text = str(path).rstrip("/")
        try:
            ServiceSpec(name="any", writable_paths=["/tmp", text] if text != "/tmp" else [text])  # noqa: S108
        except InvalidServiceSpecError:
            continue
        advice = "empty when a task starts, in memory where the platform has no storage for it"
        yield MappedField("writable_paths", text, ("storage", "volumes", name, "path"), advice)
