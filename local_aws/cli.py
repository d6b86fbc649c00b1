"""The command line: `python -m local_aws`."""

import os
import sys
from pathlib import Path
from typing import Literal

import click

from local_aws import commands, lifecycle
from local_aws.running import Settings
from local_aws.setting_up import Options

HELP = """Deploy this project's templates to an AWS on this machine, run them, and see what they do.

No AWS account is used, no credentials of yours are read, nothing listens beyond this machine.

\b
Examples:
  python -m local_aws run                        everything once, as `make demo` does
  python -m local_aws up                         the same app, left running to play with
  python -m local_aws logs ecs-fargate --follow  what its containers write
  python -m local_aws run --engine processes     without a container engine
  python -m local_aws down                       leave nothing behind

\b
Files, all under build/local/:
  results.json   what the last run found out; the screen and the comparison come from it
  emulator.log, deploy.log, cdk.out/

\b
Exit status:
  0    everything that ran did what it had to
  1    something failed, or could not be started; what, why and the cure are on the screen
  2    the command line was not understood
  130  Ctrl-C, 143 SIGTERM: everything was removed first
"""

Engine = Literal["auto", "docker", "podman", "processes"]


def _use_base_image(_context: click.Context, _option: click.Parameter, value: str | None) -> None:
    if value:
        os.environ["BASE_IMAGE"] = value  # app.py reads it when it is synthesised


_engine = click.option(
    "--engine",
    type=click.Choice(["auto", "docker", "podman", "processes"]),
    default="auto",
    show_default=True,
    help="What runs the image. auto takes Docker, then Podman; without either, the image's processes run directly.",
)
_port = click.option(
    "--port", type=click.IntRange(1, 65535), help="Port of the emulator on 127.0.0.1. Default: a free one."
)
_target = click.option(
    "--target", "targets", multiple=True, metavar="ID", help="Call only this target; may be repeated. Default: all."
)
_requests = click.option(
    "--requests",
    type=click.IntRange(1, 100_000),
    default=200,
    show_default=True,
    help="How many reads of an order p50 and p99 come from.",
)
_wait = click.option(
    "--wait",
    "patience_s",
    type=click.FloatRange(1, 3600),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long a target may take until it is ready.",
)
_base_image = click.option(
    "--base-image",
    metavar="IMAGE",
    expose_value=False,
    callback=_use_base_image,
    help="Build the image on this one, where the default cannot be pulled. Also: environment BASE_IMAGE.",
)
_assembly = click.option(
    "--assembly",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Deploy this cloud assembly instead of synthesising app.py.",
)


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
@_engine
@_port
@_target
@_requests
@_wait
@_base_image
@_assembly
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
    assembly: Path | None,
    keep: bool,
) -> None:
    """Up, deploy, call every target, send orders through the workflow, measure, report, down.

    Replaces a local AWS that is already up.
    """
    settings = _settings(directory, engine, port, assembly)
    options = Options(
        settings=settings,
        synthesise=assembly is None,
        targets=targets,
        requests=requests,
        patience_s=patience_s,
    )
    sys.exit(commands.run(options, keep=keep))


@main.command()
@_engine
@_port
@_base_image
@_assembly
@click.pass_obj
def up(
    directory: Path,
    *,
    engine: Engine,
    port: int | None,
    assembly: Path | None,
) -> None:
    """Start everything, deploy, and leave it running; print addresses, the token and a curl line that works.

    Replaces a local AWS that is already up. End it with `python -m local_aws down`.
    """
    settings = _settings(directory, engine, port, assembly)
    sys.exit(commands.up(Options(settings=settings, synthesise=assembly is None)))


@main.command()
@_base_image
@_assembly
@click.pass_obj
def deploy(directory: Path, *, assembly: Path | None) -> None:
    """Synthesise again and deploy into what `up` started: the edit loop."""
    settings = _settings(directory, assembly=assembly)
    sys.exit(commands.deploy(Options(settings=settings, synthesise=assembly is None)))


@main.command()
@_target
@_requests
@_wait
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
    directory: Path, engine: Engine = "auto", port: int | None = None, assembly: Path | None = None
) -> Settings:
    synthesised = assembly.resolve() if assembly else directory / "cdk.out"
    return Settings(engine=engine, port=port, directory=directory, assembly=synthesised)
