"""Simulate a burst of orders above the quota of Fargate tasks: `python -m benchmarks.workflow [--write]`.

The simulation reads the retries and the slots of the state machine from a template, and repeats them with random
numbers of a fixed seed. It compares them with a workflow that has no slots and retries eight times.
"""

import argparse
import dataclasses
import json
import sys
from pathlib import Path

from benchmarks.workflow import document
from benchmarks.workflow.definition import read_workflow
from benchmarks.workflow.policy import Workflow
from benchmarks.workflow.simulation import Load, simulate
from benchmarks.workflow.table import markdown, row, rows
from pricing.prices import PriceList

TEMPLATE = Path("cdk.out/OrdersWorkflow.template.json")


def main() -> None:
    """Print the table, or one simulation of your own load."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workflow", description=__doc__)
    parser.add_argument("--template", type=Path, default=TEMPLATE, help=f"template of the workflow [{TEMPLATE}]")
    parser.add_argument("--orders", type=_positive, help="simulate this number of orders instead of the table")
    parser.add_argument("--quota", type=_positive, default=24, help="tasks that the account can run at once [24]")
    parser.add_argument("--slots", type=_positive, help="slots of the workflow [those of the template]")
    parser.add_argument("--task-seconds", type=_positive, default=30, help="duration of a task [30]")
    parser.add_argument("--startup-seconds", type=_positive, default=30, help="time to start a task [30]")
    parser.add_argument("--arrival-seconds", type=float, default=0, help="time over which the orders arrive [0]")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random delays [0]")
    parser.add_argument("--write", action="store_true", help=f"write the table to {document.PAGE}")
    chosen = parser.parse_args()
    workflow = _workflow(chosen.template)
    if chosen.write:
        document.write(workflow)
    elif chosen.orders:
        used = dataclasses.replace(workflow, slots=chosen.slots or workflow.slots)
        fields = ("orders", "quota", "task_seconds", "startup_seconds", "arrival_seconds")
        load = Load(**{field: getattr(chosen, field) for field in fields})
        outcome = simulate(used, load, chosen.seed)
        sys.stdout.write(markdown([row(used, outcome, PriceList.load())]) + "\n")
        sys.stdout.write(f"utilisation of the quota: {outcome.utilisation:.0%}; peak: {outcome.peak} tasks\n")
    else:
        found = rows(workflow, task_seconds=chosen.task_seconds, startup_seconds=chosen.startup_seconds)
        sys.stdout.write(markdown(found) + "\n")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not valid (allowed: 1 or more)")
    return number


def _workflow(template: Path) -> Workflow:
    try:
        return read_workflow(json.loads(template.read_text()))
    except (OSError, ValueError) as error:
        sys.exit(f"✘ {template} is not a template of the workflow: {error}. Run `make synth`.")


if __name__ == "__main__":
    main()
