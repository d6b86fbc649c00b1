"""The command line: `python -m local_aws`."""

import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import RenderableType

from deployment import cdk, results, run
from deployment.assembly import Assembly
from deployment.console import Progress, make_console, plural, show
from deployment.deployed_app import DeployedApp
from deployment.errors import ActionableError
from deployment.orders_client import client_for, order_body
from deployment.paths import DEFAULT_DIRECTORY
from deployment.report import Connection, connection_info, report
from deployment.results import Results
from local_aws import lifecycle
from local_aws.engine.detect import detect
from local_aws.engine.processes import RUN_VARIABLE
from local_aws.environment import EngineChoice, LocalEnvironment, Settings, label_of
from local_aws.teardown import Interrupted, interruptible, teardown, teardown_on_exit

HELP = """Deploy the app to an AWS emulator on this machine, and verify it.

No AWS account and no credentials are used, and nothing listens on the
network.

\b
Examples:
  python -m local_aws run                        deploy, verify, remove
  python -m local_aws up                         deploy, and keep it running
  python -m local_aws logs ecs-fargate --follow  logs of its containers
  python -m local_aws run --engine processes     without a container engine
  python -m local_aws down                       stop and remove everything

\b
Files, all in build/local/:
  results.json   results of the last run, read by `python -m comparison`
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

Command = Callable[..., Any]


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


def engine_options(command: Command) -> Command:
    """Add the options of the emulator and its container engine."""
    command = click.option(
        "--port", type=click.IntRange(1, 65535), help="Port of the emulator on 127.0.0.1.  [default: a free port]"
    )(command)
    return click.option(
        "--engine",
        type=click.Choice(["auto", "docker", "podman", "processes"]),
        default="auto",
        show_default=True,
        help="Engine that runs the image. auto: Docker, then Podman, then plain processes.",
    )(command)


def assembly_options(command: Command) -> Command:
    """Add the options of the cloud assembly."""
    command = click.option(
        "--assembly",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Cloud assembly to deploy.  [default: synthesise app.py]",
    )(command)
    return click.option(
        "--base-image",
        metavar="IMAGE",
        help="Base image of the service image. Set it if the default cannot be pulled.  [env: BASE_IMAGE]",
    )(command)


def verification_options(command: Command) -> Command:
    """Add the options of the verification."""
    command = click.option(
        "--timeout",
        "timeout_s",
        type=click.FloatRange(1, 3600),
        default=run.Options.timeout_s,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait until a target is healthy.",
    )(command)
    command = click.option(
        "--requests",
        type=click.IntRange(1, 100_000),
        default=run.Options.requests,
        show_default=True,
        metavar="N",
        help="Number of requests to each target for p50 and p99.",
    )(command)
    return click.option(
        "--target", "targets", multiple=True, metavar="ID", help="Verify only this target; repeatable.  [default: all]"
    )(command)


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
    timeout_s: float,
    base_image: str | None,
    assembly: Path | None,
    keep: bool,
) -> Results:
    """Deploy and verify the app, write the results, and remove everything unless `keep`; see the options' help."""
    settings = _settings(directory, engine, port, base_image, assembly)
    options = run.Options(targets=targets, requests=requests, timeout_s=timeout_s)
    with _progress() as progress:
        with teardown_on_exit(directory, progress, keep=keep):
            environment = _start(settings, progress, synthesise=assembly is None, targets=targets)
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
    directory: Path, *, engine: EngineChoice, port: int | None, base_image: str | None, assembly: Path | None
) -> None:
    """Deploy everything, and keep it running.

    Prints URLs, the API token, and curl commands. Replaces an environment
    that is already up. Stop it with `python -m local_aws down`.
    """
    settings = _settings(directory, engine, port, base_image, assembly)
    with _progress() as progress, teardown_on_exit(directory, progress, keep=True):
        environment = _start(settings, progress, synthesise=assembly is None)
        found = run.deploy(environment, progress)
        results.write(found, directory)
    _print_connection_info(environment, found)


@main.command()
@assembly_options
@click.pass_obj
def deploy(directory: Path, *, base_image: str | None, assembly: Path | None) -> None:
    """Synthesise again, and update the running stacks.

    This is the edit loop after `up`.
    """
    settings = _settings(directory, base_image=base_image, assembly=assembly)
    environment = replace(_running(directory), assembly=settings.assembly)
    with _progress() as progress, interruptible():
        environment.save()
        _load_assembly(settings, progress, synthesise=assembly is None)
        found = run.deploy(environment, progress)
        results.write(found, directory)
    _print_connection_info(environment, found)


@main.command()
@verification_options
@click.pass_obj
def call(directory: Path, *, targets: tuple[str, ...], requests: int, timeout_s: float) -> None:
    """Verify what `up` deployed, and print a report."""
    environment, deployed = _running(directory), results.read(directory)
    options = run.Options(targets=targets, requests=requests, timeout_s=timeout_s)
    with _progress() as progress, interruptible():
        found = run.verify(environment, deployed, options, progress)
        results.write(found, directory)
    print_report(found, next_commands=WHILE_UP)


@main.command()
@click.argument("name", metavar="TARGET")
@click.option("--follow", "-f", is_flag=True, help="Print new lines until Ctrl-C.")
@click.pass_obj
def logs(directory: Path, *, name: str, follow: bool) -> None:
    """Print the logs of TARGET, `workflow` or `emulator`."""
    environment = _running(directory)
    if name == "emulator":
        stack = name
    else:
        app = DeployedApp.read(environment)
        stacks = {target.id: target.stack for target in app.assembly.targets.values()}
        stacks["workflow"] = app.stack_with_output("StateMachineArn")
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
    _print_connection_info(_running(directory), results.read(directory))


@main.command()
@click.pass_obj
def down(directory: Path) -> None:
    """Stop and remove everything; keep results and logs.

    No process, container, network or temporary file is left.
    """
    with _progress() as progress:
        teardown(directory, progress)


def _settings(
    directory: Path,
    engine: EngineChoice = "auto",
    port: int | None = None,
    base_image: str | None = None,
    assembly: Path | None = None,
) -> Settings:
    output = assembly.resolve() if assembly else directory / "cdk.out"
    return Settings(engine=engine, port=port, directory=directory, assembly=output, base_image=base_image)


def _progress() -> Progress:
    console = make_console()
    console.print("  [bold]local AWS[/bold]   this machine only · no AWS account · $0\n")
    return Progress(console)


def _running(directory: Path) -> LocalEnvironment:
    environment = lifecycle.load(directory)
    if environment is None:
        cause = f"{directory} has no state of a running environment"
        raise ActionableError("no local environment is up", cause, "python -m local_aws up")
    return environment


def _start(
    settings: Settings, progress: Progress, *, synthesise: bool, targets: tuple[str, ...] = ()
) -> LocalEnvironment:
    """Start the emulator, then bootstrap it and synthesise the app at the same time."""
    engine = detect(settings.engine)
    progress.note("engine", f"{engine.kind} {engine.version.split('+')[0]}".strip(), engine.detail)
    # Not at the same time: it stops all processes of an earlier run, and the app's would have the same label.
    with progress.step("emulator", "starting") as step:
        environment = lifecycle.start(settings)
        step.update("ready", environment.endpoint.removeprefix("http://"))
    with ThreadPoolExecutor(max_workers=1) as pool:
        assembly = pool.submit(_load_assembly, settings, progress, synthesise=synthesise)
        with progress.step("bootstrap", "CDKToolkit"):
            cdk.bootstrap(environment)
        assembly.result().require_targets(targets)
    return environment


def _load_assembly(settings: Settings, progress: Progress, *, synthesise: bool) -> Assembly:
    if not synthesise:
        return Assembly.load(settings.assembly)
    with progress.step("synth", "app.py", "→ cdk.out") as step:
        assembly = cdk.synth(
            settings.assembly,
            base_image=settings.base_image,
            log=settings.directory / cdk.SYNTH_LOG,
            variables={RUN_VARIABLE: label_of(settings.directory)},
        )
        step.update(plural(len(assembly.stacks), "stack"), f"{assembly.resources} resources")
    return assembly


def _print_connection_info(environment: LocalEnvironment, found: Results) -> None:
    app = DeployedApp.read(environment)
    names = {name: target.url for name, target in found.targets.items() if target.url}
    token = app.api_token() if names else ""
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
