"""Command and environment of an image, read from its Dockerfile: for process mode, which builds no image."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from dataclasses import dataclass, replace
from pathlib import Path

_INSTRUCTION = re.compile(r"^\s*(FROM|ENTRYPOINT|CMD|ENV|WORKDIR|COPY)\s+(.*)$", re.IGNORECASE)


# A registry keeps the images of earlier deployments, whose assembly has been replaced.
_KNOWN: dict[str, ImageDefinition] = {}


@dataclass(frozen=True, kw_only=True)
class ImageDefinition:
    """The part of an image that a process needs.

    Attributes:
        entry_point: the entry point.
        command: the arguments, unless the template overrides them.
        environment: the environment variables that the image sets.
        working_directory: the directory that its process starts in. Default: "/".
        copies: sources in the build context, and the absolute destination, of each `COPY`. Default: none.
        context: the build context. Default: not known.
    """

    entry_point: tuple[str, ...]
    command: tuple[str, ...]
    environment: dict[str, str]
    working_directory: str = "/"
    copies: tuple[tuple[tuple[str, ...], str], ...] = ()
    context: Path | None = None


def of_image(assembly: Path, image: str) -> ImageDefinition:
    """Read the definition of the image asset whose hash is `image`'s tag.

    Raises:
        LookupError: the assembly has no such asset.
    """
    tag = image.split("@")[0].rsplit(":", 1)[-1]
    if tag in _KNOWN:
        return _KNOWN[tag]
    for manifest in sorted(assembly.glob("*.assets.json")):
        source = json.loads(manifest.read_text()).get("dockerImages", {}).get(tag, {}).get("source")
        if source:
            dockerfile = assembly / source["directory"] / source.get("dockerFile", "Dockerfile")
            found = of_dockerfile(dockerfile.read_text(), source.get("dockerBuildTarget", ""))
            return _KNOWN.setdefault(tag, replace(found, context=assembly / source["directory"]))
    raise LookupError(f"CannotPullContainerError: no image asset {tag} in {assembly}")


def of_dockerfile(text: str, target: str = "") -> ImageDefinition:
    """Read the definition from one stage of a Dockerfile; by default from the last one."""
    stage = ""
    working_directory = "/"
    copies: list[tuple[tuple[str, ...], str]] = []
    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    for line in re.sub(r"\\\n", " ", text).splitlines():
        match = _INSTRUCTION.match(line)
        if not match:
            continue
        instruction, value = match[1].upper(), match[2]
        if instruction == "FROM":
            if target and stage == target:
                break
            stage = value.split()[-1]
            entry_point, command, environment, working_directory, copies = (), (), {}, "/", []
        elif instruction == "ENTRYPOINT":
            entry_point = _words(value)
        elif instruction == "CMD":
            command = _words(value)
        elif instruction == "WORKDIR":
            working_directory = posixpath.join(working_directory, value.strip())
        elif instruction == "COPY":
            copies += _copy(value, working_directory)
        else:
            environment |= dict(word.split("=", 1) for word in shlex.split(value) if "=" in word)
    return ImageDefinition(
        entry_point=entry_point,
        command=command,
        environment=environment,
        working_directory=working_directory,
        copies=tuple(copies),
    )


def _copy(value: str, working_directory: str) -> list[tuple[tuple[str, ...], str]]:
    """Return sources and destination of a `COPY` from the build context; none of one from another stage."""
    words = json.loads(value) if value.startswith("[") else shlex.split(value)
    options = [word for word in words if word.startswith("--")]
    *sources, destination = words[len(options) :]
    if any(option.startswith("--from") for option in options):
        return []
    return [(tuple(sources), posixpath.join(working_directory, destination))]


def _words(value: str) -> tuple[str, ...]:
    return tuple(json.loads(value)) if value.startswith("[") else ("/bin/sh", "-c", value)
