"""The command line: `python -m local_aws`."""

import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import RenderableType

from deployment import results, run
from deployment.console import make_console, show
from deployment.deployed_app import DeployedApp
from deployment.errors import ActionableError
from deployment.orders_client import client_for, order_body
from deployment.paths import DEFAULT_DIRECTORY, require_writable
from deployment.preflight import Account
from deployment.report import Connection, connection_info, report
from deployment.results import Results
from deployment.workflow.workflow_command import Connection as WorkflowConnection
from deployment.workflow.workflow_command import stack_option, workflow_group
from local_aws import lifecycle, startup
from local_aws.environment import EngineChoice, LocalEnvironment
from local_aws.load import load
from local_aws.options import assembly_options, engine_options, verification_options
from local_aws.teardown import Interrupted, interruptible, teardown, teardown_on_exit
from local_aws.updates import updates

HELP = """Deploy the app to an AWS emulator on this machine, and verify it.

No AWS account and no credentials are used, and nothing listens on the
network.

\b
Examples:
  python -m local_aws run                        deploy, verify, remove
  python -m local_aws up                         deploy, and keep it running
  python -m local_aws logs ecs-fargate --follow  logs of its containers
  python -m local_aws run --engine processes     without a container engine
  python -m local_aws updates --change port      change a field under load
  python -m local_aws load --orders 1000         orders while faults happen
  python -m local_aws workflow status            open orders, dead letters
  python -m local_aws down                       stop and remove everything

\b
Files, all in build/local/:
  results.json   results of the last run, read by `python -m comparison`
  updates.json   results of the last `updates`
  load.json      results of the last `load`
  emulator.log, deploy.log, cdk.out/

\b
Exit status:
  0    every check that ran has passed
  1    something failed or could not start; see the cause and the fix
  2    unknown command or option
  130  interrupted by Ctrl-C; everything was removed first
  143  terminated by SIGTERM; everything was removed first
"""
AFTER_RUN = (("python -m local_aws up", "keep it running, to explore"),)
WHILE_UP = (
    ("python -m local_aws logs TARGET", "logs of its containers"),
    ("python -m local_aws call", "verify everything again"),
    ("python -m local_aws down", "stop and remove everything"),
)


class CommandGroup(click.Group):
    """Commands that end with a message and an exit status, never with a stack trace."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command."""
        with errors_as_messages(context.params["directory"]):
            return super().invoke(context)


@contextmanager
def errors_as_messages(directory: Path) -> Iterator[None]:
    """Turn a signal into its exit status, and an unexpected exception into a message and a traceback file."""
    try:
        yield
    except Interrupted as interruption:
        make_console(sys.stderr).print(f"✘ interrupted by {interruption}: nothing was left behind")
        sys.exit(interruption.exit_status)
    except KeyboardInterrupt:
        sys.exit(130)
    except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
        raise
    except Exception as error:  # the emulator may end at any moment, and its clients then raise anything
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / "traceback.log"
        path.write_text(traceback.format_exc())
        message, cause = f"{type(error).__name__}: {error}", "the emulator ended early, or this is a bug"
        fix = f"see {path} and {directory / lifecycle.EMULATOR_LOG}"
        raise ActionableError(message, cause, fix) from error


@click.group(cls=CommandGroup, help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path, resolve_path=True),
    default=DEFAULT_DIRECTORY,
    help="Directory of state, results and logs; one environment each.  [default: build/local]",
)
@click.pass_context
def main(context: click.Context, directory: Path) -> None:
    """Hold the commands together."""
    require_writable(directory, "--directory")
    context.obj = directory


@main.command("run")
@engine_options
@verification_options
@assembly_options
@click.option("--keep", is_flag=True, help="Keep everything running at the end, as `up` does.")
@click.pass_obj
def run_command(directory: Path, /, **options: Any) -> None:
    """Deploy everything, verify it, report, and remove it.

    Replaces an environment that is already up.
    """
    found = run_everything(directory, **options)
    print_report(found, next_commands=WHILE_UP if options["keep"] else AFTER_RUN)


def run_everything(
    directory: Path,
    *,
    engine: EngineChoice,
    port: int | None,
    targets: tuple[str, ...],
    requests: int,
    timeout_s: float | None,
    base_image: str | None,
    assembly: Path | None,
    stage: str,
    keep: bool,
) -> Results:
    """Deploy and verify the app, write the results, and remove everything unless `keep`; see the options' help."""
    settings = startup.settings_for(directory, engine, port, base_image, assembly, stage, targets)
    options = run.Options(targets=targets, requests=requests, timeout_s=timeout_s)
    with startup.new_progress() as progress:
        with teardown_on_exit(directory, progress, keep=keep):
            environment = startup.start(settings, progress, synthesise=assembly is None, targets=targets)
            found = run.deploy(environment, progress)
            results.write(found, directory)
            found = run.verify(environment, found, options, progress)
            results.write(found, directory)
        found = replace(found, steps=progress.durations, seconds=progress.seconds)
        results.write(found, directory)
    return found


def print_report(
    found: Results, *, next_commands: Sequence[tuple[str, str]], closing: RenderableType | None = None
) -> None:
    """Print the report, and exit with status 1 if anything failed."""
    console = make_console()
    console.print()
    show(console, report(found, closing=closing, next_commands=next_commands))
    sys.exit(found.failed())


@main.command()
@engine_options
@assembly_options
@click.pass_obj
def up(
    directory: Path,
    *,
    engine: EngineChoice,
    port: int | None,
    base_image: str | None,
    assembly: Path | None,
    stage: str,
) -> None:
    """Deploy everything, and keep it running.

    Prints URLs, the API token, and curl commands. Replaces an environment
    that is already up. Stop it with `python -m local_aws down`.
    """
    settings = startup.settings_for(directory, engine, port, base_image, assembly, stage)
    with startup.new_progress() as progress, teardown_on_exit(directory, progress, keep=True):
        environment = startup.start(settings, progress, synthesise=assembly is None)
        found = run.deploy(environment, progress)
        results.write(found, directory)
    _print_connection_info(environment, found)


@main.command()
@assembly_options
@click.pass_obj
def deploy(directory: Path, *, base_image: str | None, assembly: Path | None, stage: str) -> None:
    """Synthesise again, and update the running stacks.

    This is the edit loop after `up`.
    """
    settings = startup.settings_for(directory, base_image=base_image, assembly=assembly, stage=stage)
    environment = replace(startup.running_environment(directory), assembly=settings.assembly)
    with startup.new_progress() as progress, interruptible():
        environment.save()
        startup.load_assembly(settings, progress, synthesise=assembly is None)
        found = run.deploy(environment, progress)
        results.write(found, directory)
    _print_connection_info(environment, found)


@main.command()
@verification_options
@click.pass_obj
def call(directory: Path, *, targets: tuple[str, ...], requests: int, timeout_s: float | None) -> None:
    """Verify what `up` deployed, and print a report."""
    environment, deployed = startup.running_environment(directory), results.read(directory)
    options = run.Options(targets=targets, requests=requests, timeout_s=timeout_s)
    with startup.new_progress() as progress, interruptible():
        found = run.verify(environment, deployed, options, progress)
        results.write(found, directory)
    print_report(found, next_commands=WHILE_UP)


@main.command()
@click.argument("name", metavar="TARGET")
@click.option("--follow", "-f", is_flag=True, help="Print new lines until Ctrl-C.")
@click.pass_obj
def logs(directory: Path, *, name: str, follow: bool) -> None:
    """Print the logs of TARGET, `workflow` or `emulator`."""
    environment = startup.running_environment(directory)
    if name == "emulator":
        stack = name
    else:
        stacks = DeployedApp.read(environment).stacks_with_logs
        if name not in stacks:
            allowed = ", ".join((*stacks, "emulator"))
            raise ActionableError(f"there are no logs of {name!r}", f"there are logs of {allowed}", "use one of these")
        stack = stacks[name]
    if environment.containers:
        for line in environment.containers.logs(stack, follow=follow):
            click.echo(line)


@main.command()
@click.pass_obj
def status(directory: Path) -> None:
    """Print URLs, the API token, and curl commands.

    Exit status 1 if nothing is up.
    """
    _print_connection_info(startup.running_environment(directory), results.read(directory))


@main.command()
@click.pass_obj
def down(directory: Path) -> None:
    """Stop and remove everything; keep results and logs.

    No process, container, network or temporary file is left.
    """
    with startup.new_progress() as progress:
        teardown(directory, progress)


@stack_option
@click.pass_context
def _workflow(context: click.Context, stack: str | None) -> None:
    directory: Path = context.obj

    def connect() -> Account:
        environment = startup.running_environment(directory)
        return Account(environment.client, environment.region)

    context.obj = WorkflowConnection(connect, stack)


main.add_command(updates)
main.add_command(load)
main.add_command(workflow_group("python -m local_aws", _workflow))


def _print_connection_info(environment: LocalEnvironment, found: Results) -> None:
    app = DeployedApp.read(environment)
    names = {name: target.url for name, target in found.targets.items() if target.url}
    token = app.api_token() if names and app.has_orders_api else ""
    connections = []
    for name, url in names.items():
        with client_for(app, name, token).http as client:
            host = dict(client.headers).get("host", "")
            connections.append(Connection(name, url, str(client.base_url), host, order_body()))
    console = make_console()
    console.print()
    info = connection_info(found, connections, token, environment.shell_settings(), WHILE_UP)
    console.print(info, soft_wrap=True)
    sys.exit(found.failed())
