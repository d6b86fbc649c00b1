"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from deployment import run
from deployment.environment import Timeouts

Command = Callable[..., Any]


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
    command = click.option(
        "--stage",
        default="",
        metavar="NAME",
        help="Stage (cdk.Stage) of that assembly to deploy.  [default: its only one]",
    )(command)
    return base_image_option(command)


def base_image_option(command: Command) -> Command:
    """Add the option of the base image."""
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
        metavar="SECONDS",
        help=f"How long to wait until a target is healthy. Default: {Timeouts.healthy_s:.0f}, longer on busy CPUs.",
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
