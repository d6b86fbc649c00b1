"""Command and environment of an image, read from its Dockerfile: for process mode, which builds no image."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

_INSTRUCTION = re.compile(r"^\s*(FROM|ENTRYPOINT|CMD|ENV)\s+(.*)$", re.IGNORECASE)


# A registry keeps the images of earlier deployments, whose assembly has been replaced.
_KNOWN: dict[str, ImageDefinition] = {}


@dataclass(frozen=True, kw_only=True)
class ImageDefinition:
    """The part of an image that a process needs.

    Attributes:
        entry_point: the entry point.
        command: the arguments, unless the template overrides them.
        environment: the environment variables that the image sets.
    """

    entry_point: tuple[str, ...]
    command: tuple[str, ...]
    environment: dict[str, str]


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
            return _KNOWN.setdefault(tag, of_dockerfile(dockerfile.read_text()))
    raise LookupError(f"CannotPullContainerError: no image asset {tag} in {assembly}")


def of_dockerfile(text: str) -> ImageDefinition:
    """Read the definition from the last stage of a Dockerfile."""
    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    for line in re.sub(r"\\\n", " ", text).splitlines():
        match = _INSTRUCTION.match(line)
        if not match:
            continue
        instruction, value = match[1].upper(), match[2]
        if instruction == "FROM":
            entry_point, command, environment = (), (), {}
        elif instruction == "ENTRYPOINT":
            entry_point = _words(value)
        elif instruction == "CMD":
            command = _words(value)
        else:
            environment |= dict(word.split("=", 1) for word in shlex.split(value) if "=" in word)
    return ImageDefinition(entry_point=entry_point, command=command, environment=environment)


def _words(value: str) -> tuple[str, ...]:
    return tuple(json.loads(value)) if value.startswith("[") else ("/bin/sh", "-c", value)
