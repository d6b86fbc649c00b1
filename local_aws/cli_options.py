"""What the command line teaches, and the options that several of its commands share."""

from pathlib import Path
from typing import Literal

import click

HELP = """Deploy this project's templates to an AWS on this machine, run them, and see what they do.

No AWS account is used, no credentials of yours are read, nothing listens beyond this machine.

\b
Examples:
  python -m local_aws run                        everything once: `make demo`
  python -m local_aws up                         the same, left running
  python -m local_aws logs ecs-fargate --follow  what its containers write
  python -m local_aws run --engine processes     without a container engine
  python -m local_aws down                       leave nothing behind

\b
Files, all under build/local/:
  results.json   what the last run found; screen and comparison come from it
  emulator.log, deploy.log, cdk.out/

\b
Exit status:
  0    everything that ran did what it had to
  1    something failed or could not start: the screen has why, and the cure
  2    the command line was not understood
  130  Ctrl-C, 143 SIGTERM: everything was removed first
"""


Engine = Literal["auto", "docker", "podman", "processes"]


engine_option = click.option(
    "--engine",
    type=click.Choice(["auto", "docker", "podman", "processes"]),
    default="auto",
    show_default=True,
    help="What runs the image. auto takes Docker, then Podman; without either, the image's processes run directly.",
)
port_option = click.option(
    "--port", type=click.IntRange(1, 65535), help="Port of the emulator on 127.0.0.1. Default: a free one."
)
target_option = click.option(
    "--target", "targets", multiple=True, metavar="ID", help="Call only this target; may be repeated. Default: all."
)
requests_option = click.option(
    "--requests",
    type=click.IntRange(1, 100_000),
    default=200,
    show_default=True,
    help="How many reads of an order p50 and p99 come from.",
)
wait_option = click.option(
    "--wait",
    "patience_s",
    type=click.FloatRange(1, 3600),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long a target may take until it is ready.",
)
base_image_option = click.option(
    "--base-image",
    metavar="IMAGE",
    help="Build the image on this one, where the default cannot be pulled. Also: environment BASE_IMAGE.",
)
assembly_option = click.option(
    "--assembly",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Deploy this cloud assembly instead of synthesising app.py.",
)
