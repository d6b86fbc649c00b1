"""The cost of each target at synthesis: `python -m benchmarks.synth.targets [--rounds 3]`, without validation."""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.synth.__main__ import run, templates


def main() -> None:
    """Measure the app without targets, with one target, with two targets, and so on; print one line each."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.synth.targets", description=__doc__)
    arguments.add_argument("--rounds", type=int, default=3, help="runs per line, of which the median is printed")
    rounds = arguments.parse_args().rounds
    os.environ["CDK_CONTEXT_JSON"] = json.dumps({"app_runner": "true"})
    # jsii starts Node, with this environment, when it is imported.
    from benchmarks.synth.app import target_stacks

    names = target_stacks()
    sys.stdout.write("| targets | resources | s | added |\n|--:|--:|--:|---|\n")
    for count in range(len(names) + 1):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "benchmarks.synth.app", "1", folder, *names[count:]]
            seconds = statistics.median(run(command, validation=False).wall for _ in range(rounds))
            resources = sum(len(template["Resources"]) for template in templates(Path(folder)).values())
        added = names[count - 1].removesuffix("Stack") if count else "none"
        sys.stdout.write(f"| {count} | {resources} | {seconds:.2f} | {added} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
