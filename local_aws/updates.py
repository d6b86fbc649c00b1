"""The command `python -m local_aws updates`: changes of the running app under load, and the table of lost requests."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import click

from deployment import changes, run
from deployment.assembly import Assembly
from deployment.changes import CHANGES, Change
from deployment.console import Progress, make_console, plural, show
from deployment.errors import ActionableError
from deployment.prober import Prober
from deployment.results import Outcome
from deployment.update_report import report
from deployment.update_results import Update, write
from deployment.updates import Updater, started
from local_aws import startup
from local_aws.engine.processes import RUN_VARIABLE
from local_aws.environment import EngineChoice, label_of
from local_aws.options import base_image_option, engine_options
from local_aws.teardown import teardown_on_exit
from local_aws.update_limits import busy_hint, not_shown


@click.command()
@engine_options
@base_image_option
@click.option(
    "--change",
    "names",
    multiple=True,
    metavar="NAME",
    help=f"Execute only this change; repeatable: {', '.join(change.name for change in CHANGES)}.  [default: all]",
)
@click.option(
    "--target", "targets", multiple=True, metavar="ID", help="Request only this target; repeatable.  [default: all]"
)
@click.pass_obj
def updates(
    directory: Path,
    *,
    engine: EngineChoice,
    port: int | None,
    base_image: str | None,
    names: tuple[str, ...],
    targets: tuple[str, ...],
) -> None:
    """Change the running app under load, and count lost requests.

    Deploys everything, and then one change after the other with
    `cdk deploy`, while each target receives five requests a second. A
    request is lost without a response within 5 s, with a broken
    connection, or with a status of 500 or more. Writes updates.json.
    Exit status 1 if a request was lost.

    Everything runs on this machine: other programs that use all of its
    CPUs cause timeouts. The app begins with one replica of each target.
    """
    chosen = changes.choose(names)
    settings = startup.settings_for(directory, engine, port, base_image, targets=targets)
    cpus = os.cpu_count() or 1
    with startup.new_progress() as progress:
        with teardown_on_exit(directory, progress):
            context = changes.BASELINE.context
            environment = startup.start(settings, progress, synthesise=True, targets=targets, context=context)
            found = started(environment)
            deployed = run.deploy(environment, progress)
            part = deployed.deployment
            if part and part.outcome is Outcome.FAILED:
                raise ActionableError(part.reason, part.cause, part.fix)
            updater = Updater(
                environment,
                targets or tuple(Assembly.load(environment.assembly).targets),
                not_shown=not_shown,
                base_image=base_image,
                variables={RUN_VARIABLE: label_of(directory)},
                # More replicas that start at the same time would take the CPUs from those that serve.
                concurrency=min(4, cpus),
                hint=lambda: busy_hint(os.getloadavg()[0], cpus),
            )
            with updater.prober() as prober:
                for change in chosen:
                    found = replace(found, updates=[*found.updates, _execute(updater, change, prober, progress)])
                    write(found, directory)
        found = replace(found, seconds=progress.seconds)
        write(found, directory)
    console = make_console()
    console.print()
    show(console, report(found))
    sys.exit(found.failed())


def _execute(updater: Updater, change: Change, prober: Prober, progress: Progress) -> Update:
    """Execute one change, with a progress row."""
    with progress.step(change.name, "synthesising", change.value) as step:
        update = updater.execute(change, prober, lambda state: step.update(state, change.value))
        requests = f"{plural(update.requests, 'request')}, {update.lost} lost"
        step.update("failed" if update.failed() else "done" if update.requests else "not run", requests)
        return update
