"""A checkout of its own, with a run that somebody had, in which what pages tell people to type is typed."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from comparison.readme import part
from tests.conftest import ROOT
from tests.docs.pages import DOCS

_MADE = (".git", ".venv*", ".uv", "build", "cdk.out", "node_modules", "__pycache__", ".*cache", ".hypothesis")
_PLACEHOLDERS = {"<service>": "shop", "FILE": "copilot/shop/manifest.yml"}
_SECONDS = 120

Ended = subprocess.CompletedProcess[str]


def make(place: Path, assembly: Path, results: bytes, kept: Mapping[Path, Path]) -> Path:
    """Copy the project; what set-up made is the session's own, and so are the templates that `kept` has a place for."""
    checkout = place / "containers-on-aws"
    shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(*_MADE))
    for name in (".venv", ".venv-emulator", ".venv-service", ".uv", "node_modules"):
        if (ROOT / name).exists():
            (checkout / name).symlink_to(ROOT / name)
    for prerequisite in ("uv.lock", "pyproject.toml", "sample_service/pyproject.toml", "package-lock.json"):
        # Older than what set-up made, so that nothing is set up anew.
        os.utime(checkout / prerequisite, (1, 1))
    local = checkout / "build" / "local"
    local.mkdir(parents=True)
    (local / "cdk.out").symlink_to(assembly)
    (local / "results.json").write_bytes(results)
    for name, directory in kept.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).symlink_to(directory)
    manifest = part((DOCS / "leaving-copilot.md").read_text(), "manifest").removeprefix("```yaml").removesuffix("```")
    for service in ("shop", "frontend"):
        (checkout / "copilot" / service).mkdir(parents=True)
        (checkout / "copilot" / service / "manifest.yml").write_text(manifest)
    return checkout


def ended(checkout: Path, line: str) -> Ended:
    """Type a line into a shell there, as it stands on the page."""
    for placeholder, value in _PLACEHOLDERS.items():
        line = line.replace(placeholder, value)
    path = os.pathsep.join([str(checkout / ".venv/bin"), str(checkout / "node_modules/.bin"), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-euc", line],
        cwd=checkout,
        env={
            **_unless_make(os.environ),
            "PATH": path,
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CDK_DISABLE_VERSION_CHECK": "1",
        },
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )


def all_ended(checkout: Path, lines: Iterable[str]) -> Mapping[str, Ended]:
    """What each line came to; those that write in the checkout wait until the others have read it."""
    given = sorted(lines, key=lambda line: (bool(re.search(r"--write\b", line)), line))
    first = next((at for at, line in enumerate(given) if re.search(r"--write\b", line)), len(given))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = dict(zip(given[:first], pool.map(lambda line: ended(checkout, line), given[:first]), strict=True))
    return found | {line: ended(checkout, line) for line in given[first:]}


def _unless_make(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Without what `make test ARGS=…` hands on: a make that knows of another one prints where it is, and heeds it."""
    handed_on = ("MAKELEVEL", "MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "ARGS", "STACK")
    return {name: value for name, value in environment.items() if name not in handed_on}
