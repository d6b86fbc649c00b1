"""What the CDK CLI writes while it deploys: when an image is built and pushed, and what went wrong."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

LINE = 160
_FAIL = re.compile(r"^(\S+): fail: (\S+ \S+).*? exited with error code (\d+)")
_ASSET = re.compile(r"^\S+: (start|success): (Building|Built|Publishing|Published) (.+?)(?: \([^()]*\))?$")
_WORDS: dict[str, "ImageState"] = {"Building": "building", "Publishing": "pushing", "Published": "pushed"}
# Lines of stacks that deploy at the same time, and what the CLI says after every failure.
_NOISE = re.compile(
    r"^\S+ \|\s+\d+ \||^\S+: (start|success|deploying|creating)|^Failed to (build|publish) |cdk diagnose"
)

ImageState = Literal["building", "pushing", "pushed"]


def cause(log: str) -> str:
    """Say why a deployment failed that no resource explains: the command that failed, and its last error."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    failed = next((number for number, line in enumerate(lines) if _FAIL.match(line)), None)
    if failed is None:
        return _cut(_telling(lines))
    stack, command, code = _FAIL.match(lines[failed]).groups()  # type: ignore[union-attr]  # it has just matched
    said = _telling(lines[failed + 1 :])
    return "\n".join([f"{stack}: {command} … exited with {code}", *([_cut(said)] if said else [])])


def fix(reason: str, log: Path) -> str:
    """Say what to do about it."""
    another = "; a base image that cannot be pulled is replaced by --base-image" if " build … " in reason else ""
    return f"see {log}{another}"


def image_states(lines: Collection[str], images: Collection[str]) -> Iterator[ImageState]:
    """Read what became of the images with these display names, in order."""
    for line in lines:
        found = _ASSET.match(line.strip())
        if found and found[3] in images and found[2] in _WORDS:
            yield _WORDS[found[2]]


def _telling(lines: Collection[str]) -> str:
    """Return the last line that names an error, or the last one that is not noise."""
    left = [line for line in lines if not _NOISE.search(line)]
    errors = [line for line in left if re.match(r"(?i)error\b", line)]
    return (errors or left or [""])[-1]


def _cut(line: str) -> str:
    return line if len(line) <= LINE else f"{line[: LINE - 1]}…"
