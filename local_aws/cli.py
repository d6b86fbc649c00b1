"""The command line: `python -m local_aws`."""

import sys
from pathlib import Path

import click

from deployment.stages.options import Options
from local_aws import commands
from local_aws.cli_options import (
    HELP,
    Engine,
    assembly_option,
    base_image_option,
    engine_option,
    port_option,
    requests_option,
    target_option,
    wait_option,
)
from local_aws.environment import Settings
from local_aws.machine import lifecycle


@click.group(help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=lifecycle.DEFAULT_DIRECTORY,
    help="Where state, results and logs are kept; two directories are two local AWSs. Default: build/local.",
)
@click.pass_context
def main(context: click.Context, directory: Path) -> None:
    """Hold the commands together."""
    context.obj = directory.resolve()


@main.command()
@engine_option
@port_option
@target_option
@requests_option
@wait_option
@base_image_option
@assembly_option
@click.option("--keep", is_flag=True, help="Leave everything running at the end, as `up` does.")
@click.pass_obj
def run(
    directory: Path,
    *,
    engine: Engine,
    port: int | None,
    targets: tuple[str, ...],
    requests: int,
    patience_s: float,
    base_image: str | None,
    assembly: Path | None,
    keep: bool,
) -> None:
    """Up, deploy, call every target, send orders through the workflow, measure, report, down.

    Replaces a local AWS that is already up.
    """
    settings = _settings(directory, engine, port, base_image, assembly)
    options = Options(
        settings=settings,
        synthesise=assembly is None,
        targets=targets,
        requests=requests,
        patience_s=patience_s,
    )
    sys.exit(commands.run(options, keep=keep))


@main.command()
@engine_option
@port_option
@base_image_option
@assembly_option
@click.pass_obj
def up(
    directory: Path,
    *,
    engine: Engine,
    port: int | None,
    base_image: str | None,
    assembly: Path | None,
) -> None:
    """Start everything, deploy, and leave it running; print addresses, the token and a curl line that works.

    Replaces a local AWS that is already up. End it with `python -m local_aws down`.
    """
    settings = _settings(directory, engine, port, base_image, assembly)
    sys.exit(commands.up(Options(settings=settings, synthesise=assembly is None)))


@main.command()
@base_image_option
@assembly_option
@click.pass_obj
def deploy(directory: Path, *, base_image: str | None, assembly: Path | None) -> None:
    """Synthesise again and deploy into what `up` started: the edit loop."""
    settings = _settings(directory, base_image=base_image, assembly=assembly)
    sys.exit(commands.deploy(Options(settings=settings, synthesise=assembly is None)))


@main.command()
@target_option
@requests_option
@wait_option
@click.pass_obj
def call(directory: Path, *, targets: tuple[str, ...], requests: int, patience_s: float) -> None:
    """Call what `up` started: checks, times, workflow, permissions; then report."""
    settings = _settings(directory)
    sys.exit(commands.call(Options(settings=settings, targets=targets, requests=requests, patience_s=patience_s)))


@main.command()
@click.argument("name", metavar="TARGET")
@click.option("--follow", "-f", is_flag=True, help="Go on until Ctrl-C.")
@click.pass_obj
def logs(directory: Path, *, name: str, follow: bool) -> None:
    """Print what the containers of TARGET wrote; `workflow` and `emulator` work, too."""
    sys.exit(commands.logs(_settings(directory), name, follow=follow))


@main.command()
@click.pass_obj
def status(directory: Path) -> None:
    """Say what is up: addresses, containers, how to call it. Exit status 1 when nothing is."""
    sys.exit(commands.status(_settings(directory)))


@main.command()
@click.pass_obj
def down(directory: Path) -> None:
    """Stop everything and leave no process, container, network or temporary file; results and logs stay."""
    sys.exit(commands.down(Options(settings=_settings(directory))))


def _settings(
    directory: Path,
    engine: Engine = "auto",
    port: int | None = None,
    base_image: str | None = None,
    assembly: Path | None = None,
) -> Settings:
    synthesised = assembly.resolve() if assembly else directory / "cdk.out"
    return Settings(engine=engine, port=port, directory=directory, assembly=synthesised, base_image=base_image)
