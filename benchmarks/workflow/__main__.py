"""The command line: `python -m benchmarks.workflow`."""

import dataclasses
import json
from pathlib import Path

import click

from benchmarks.workflow import document
from benchmarks.workflow.burst_table import markdown, row, rows
from benchmarks.workflow.definition import read_workflow
from benchmarks.workflow.policy import Workflow
from benchmarks.workflow.simulation import Load, simulate
from deployment.errors import ActionableError
from pricing.prices import PriceList

TEMPLATE = Path("cdk.out/OrdersWorkflow.template.json")
_POSITIVE = click.IntRange(min=1)

HELP = """Simulate a burst of orders above the quota of Fargate tasks.

The simulation reads the retries and the slots of the state machine from a
template (make synth), and repeats them with random numbers of a fixed seed.
Without --orders, it prints a table of bursts, which compares the workflow with
one that has no slots and retries eight times.

\b
Examples:
  python -m benchmarks.workflow
  python -m benchmarks.workflow --orders 5000 --quota 80 --slots 60
  python -m benchmarks.workflow --write   update the table in docs/
"""


@click.command(help=HELP, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--template", type=click.Path(path_type=Path), default=TEMPLATE, help="Template of the workflow.")
@click.option("--orders", type=_POSITIVE, help="Simulate this number of orders.")
@click.option("--quota", type=_POSITIVE, default=24, help="Tasks that the account can run at the same time.")
@click.option("--slots", type=_POSITIVE, help="Slots of the workflow.  [default: those of the template]")
@click.option("--task-seconds", type=_POSITIVE, default=30, help="Duration of a task.")
@click.option("--startup-seconds", type=click.IntRange(min=0), default=30, help="Time to start a task.")
@click.option("--arrival-seconds", type=click.IntRange(min=0), default=0, help="Time over which the orders arrive.")
@click.option("--seed", type=int, default=0, help="Seed of the random delays.")
@click.option("--write", is_flag=True, help="Write the table to docs/operating-the-workflow.md.")
def main(
    *, template: Path, orders: int | None, slots: int | None, seed: int, write: bool, quota: int, **seconds: int
) -> None:
    """Print the table or one simulation, or write the table."""
    if write and orders is not None:
        raise click.UsageError("--write writes the table of bursts, which --orders does not change: remove one of them")
    workflow = _workflow(template)
    if write:
        click.echo(f"wrote docs/{document.write(workflow).name}")
    elif orders:
        used = dataclasses.replace(workflow, slots=slots or workflow.slots)
        outcome = simulate(used, Load(orders=orders, quota=quota, **seconds), seed)
        click.echo(markdown([row(used, outcome, PriceList.load())]))
        click.echo(f"utilisation of the quota: {outcome.utilisation:.0%}; peak: {outcome.peak} tasks")
    else:
        found = rows(workflow, task_seconds=seconds["task_seconds"], startup_seconds=seconds["startup_seconds"])
        click.echo(markdown(found))


def _workflow(template: Path) -> Workflow:
    try:
        return read_workflow(json.loads(template.read_text()))
    except (OSError, ValueError, KeyError) as error:
        message = f"{template} cannot be read as a template of the workflow"
        raise ActionableError(message, str(error), "make synth") from error


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.workflow")
