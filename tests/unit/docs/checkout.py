"""A copy of the repository with the results of a local run, in which tests run the commands of the pages."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from comparison.generated_parts import part
from tests.conftest import ROOT
from tests.unit.docs.pages import DOCS

_GENERATED = (".git", ".venv*", ".uv", "build", "cdk.out", "node_modules", "__pycache__", ".*cache", ".hypothesis")
_PLACEHOLDERS = {"<service>": "shop", "FILE": "copilot/shop/manifest.yml"}
_TIMEOUT_SECONDS = 120

Completed = subprocess.CompletedProcess[str]


def make(directory: Path, assembly: Path, results: bytes, cached: Mapping[Path, Path]) -> Path:
    """Copy the repository; link the set-up of this one, and the cloud assemblies in `cached` (path -> directory)."""
    checkout = directory / "containers-on-aws"
    shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(*_GENERATED))
    for name in (".venv", ".venv-emulator", ".venv-service", ".uv", "node_modules"):
        if (ROOT / name).exists():
            (checkout / name).symlink_to(ROOT / name)
    for prerequisite in ("uv.lock", "pyproject.toml", "sample_service/pyproject.toml", "package-lock.json"):
        # Older than the set-up, so that make does not repeat it.
        os.utime(checkout / prerequisite, (1, 1))
    local = checkout / "build" / "local"
    local.mkdir(parents=True)
    (local / "cdk.out").symlink_to(assembly)
    (local / "results.json").write_bytes(results)
    for name, target in cached.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).symlink_to(target)
    page = DOCS / "migrate-from-copilot.md"
    manifest = part(page.read_text(), "manifest").removeprefix("```yaml").removesuffix("```")
    for service in ("shop", "frontend"):
        (checkout / "copilot" / service).mkdir(parents=True)
        (checkout / "copilot" / service / "manifest.yml").write_text(manifest)
    return checkout


def run(checkout: Path, line: str) -> Completed:
    """Run a command line in a shell in the checkout."""
    for placeholder, value in _PLACEHOLDERS.items():
        line = line.replace(placeholder, value)
    path = os.pathsep.join([str(checkout / ".venv/bin"), str(checkout / "node_modules/.bin"), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-euc", line],
        cwd=checkout,
        env={
            **_without_make_variables(os.environ),
            "PATH": path,
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CDK_DISABLE_VERSION_CHECK": "1",
        },
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )


def run_all(checkout: Path, lines: Iterable[str]) -> Mapping[str, Completed]:
    """Run command lines in parallel; those with `--write` run last and one at a time."""
    ordered = sorted(lines, key=lambda line: (bool(re.search(r"--write\b", line)), line))
    first = next((at for at, line in enumerate(ordered) if re.search(r"--write\b", line)), len(ordered))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        completed = dict(zip(ordered[:first], pool.map(lambda line: run(checkout, line), ordered[:first]), strict=True))
    return completed | {line: run(checkout, line) for line in ordered[first:]}


def _without_make_variables(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Drop variables that `make test ARGS=…` exports: a nested make would print its directory and use them."""
    exported = ("MAKELEVEL", "MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "ARGS", "STACK")
    return {name: value for name, value in environment.items() if name not in exported}
