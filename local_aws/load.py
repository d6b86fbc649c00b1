"""The command `python -m local_aws load`: clients place orders while faults are injected."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import click

from deployment import run
from deployment.assembly import Assembly
from deployment.console import make_console, plural, show
from deployment.deployed_app import DeployedApp
from deployment.errors import ActionableError
from deployment.load.load_report import report
from deployment.load.load_results import write
from deployment.load.load_run import LoadRun, Options
from deployment.results import Outcome
from local_aws import startup
from local_aws.engine.processes import RUN_VARIABLE
from local_aws.environment import EngineChoice, label_of
from local_aws.load_faults import FAULTS, choose
from local_aws.load_faults import faults as local_faults
from local_aws.options import base_image_option, engine_options
from local_aws.teardown import teardown_on_exit

HELP = f"""Place orders while faults happen, and account for each of them.

Deploys everything. Then clients place orders on all targets, and repeat
each request with the same idempotency key until the service has decided.
Meanwhile, faults are injected one after the other, each at least once:

\b
{chr(10).join(f"  {name:<17} {text}" for name, text in FAULTS.items())}

Of each hundred orders, 70 are in stock, 20 compete for stock that is
enough for a few, and 10 are cancelled by their client. When all orders
are final, the table shows whether one was lost, doubled or undone, and
whether the stock is right. At the end, each replica of each target is
stopped with SIGTERM while the targets receive requests.

\b
Examples:
  python -m local_aws load                          300 orders, all faults
  python -m local_aws load --orders 10000           the full load
  python -m local_aws load --fault redeploy-image --orders 500
  python -m local_aws load --target ecs-fargate --target lambda

Writes load.json. Exit status 1 if an order was lost, doubled or undone,
a request was lost by SIGTERM, or a fault hit nothing.
"""


@click.command(help=HELP)
@engine_options
@base_image_option
@click.option(
    "--orders",
    type=click.IntRange(1, 100_000),
    default=300,
    show_default=True,
    metavar="N",
    help="Number of orders.",
)
@click.option(
    "--fault",
    "names",
    multiple=True,
    metavar="NAME",
    help="Inject only this fault; repeatable.  [default: all]",
)
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="ID",
    help="Send orders only to this target; repeatable.  [default: all]",
)
@click.option(
    "--clients",
    type=click.IntRange(1, 256),
    default=Options.clients,
    show_default=True,
    metavar="N",
    help="Number of clients at the same time.",
)
@click.option(
    "--open-orders",
    type=click.IntRange(1, 10_000),
    default=Options.open_orders,
    show_default=True,
    metavar="N",
    help="New orders wait while this number is not final.",
)
@click.option(
    "--stalled",
    "stalled_s",
    type=click.FloatRange(10, 3600),
    default=Options.stalled_s,
    show_default=True,
    metavar="SECONDS",
    help="Open orders count as lost if none has changed for this time.",
)
@click.option(
    "--drain/--no-drain", "drains", default=True, show_default=True, help="Stop replicas with SIGTERM at the end."
)
@click.pass_obj
def load(
    directory: Path,
    *,
    engine: EngineChoice,
    port: int | None,
    base_image: str | None,
    orders: int,
    names: tuple[str, ...],
    targets: tuple[str, ...],
    clients: int,
    open_orders: int,
    stalled_s: float,
    drains: bool,
) -> None:
    """Place orders while faults happen; the help text is `HELP`."""
    chosen = choose(names)
    settings = startup.settings_for(directory, engine, port, base_image, targets=targets)
    # Ten thousand exited containers would fill the disk.
    settings = replace(settings, remove_exited=True)
    options = Options(orders=orders, clients=clients, open_orders=open_orders, stalled_s=stalled_s)
    with startup.new_progress() as progress, teardown_on_exit(directory, progress):
        environment = startup.start(settings, progress, synthesise=True, targets=targets)
        deployed = run.deploy(environment, progress)
        part = deployed.deployment
        if part and part.outcome is Outcome.FAILED:
            raise ActionableError(part.reason, part.cause, part.fix)
        app = DeployedApp.read(environment)
        ids = targets or tuple(Assembly.load(environment.assembly).targets)
        injected = local_faults(
            environment,
            chosen,
            app.assembly,
            ids,
            base_image=base_image,
            variables={RUN_VARIABLE: label_of(directory)},
            concurrency=min(4, os.cpu_count() or 1),
        )
        with progress.step("load", "starting", plural(orders, "order")) as step:
            load_run = LoadRun(environment, ids, options, step.update)
            found = load_run.run(injected)
            write(found, directory)
            step.update("done", f"{plural(found.account.accepted, 'order')} accepted")
        if drains:
            with progress.step("drain", "SIGTERM", plural(len(ids), "target")) as step:
                found = load_run.drain(found)
                lost = sum(target.lost for target in found.drained)
                step.update("done", f"{lost} of {sum(one.requests for one in found.drained)} requests lost")
            write(found, directory)
    console = make_console()
    console.print()
    show(console, report(found))
    sys.exit(found.failed())
