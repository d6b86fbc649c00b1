"""The command `python -m deployment images`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from deployment.assembly import Assembly
from deployment.command_options import (
    PassingOnCommand,
    account_of,
    assembly_of,
    aws_errors_as_messages,
    cdk_arguments,
    common_options,
)
from deployment.console import make_console, plural, show
from deployment.errors import ActionableError
from deployment.images import image_table, references, repository
from deployment.images.retention import DEFAULT_DAYS, decide
from deployment.preflight import Account, Plan

IMAGES_HELP = """List the images of the app's ECR repository, and delete old ones.

The command keeps the newest image, images younger than --older-than, and those
that a stack, task, function or environment of this account and Region uses.
It does not see other accounts and Regions that pull from the repository.

\b
Examples:
  python -m deployment images                           list, delete nothing
  python -m deployment images --older-than 30 --delete  delete unused images
"""


@click.command("images", cls=PassingOnCommand, help=IMAGES_HELP, short_help="List images, and delete unused ones.")
@click.option(
    "--older-than",
    type=click.IntRange(min=0),
    default=DEFAULT_DAYS,
    show_default=True,
    metavar="DAYS",
    help="Age at which an unused image can be deleted.",
)
@click.option("--delete", "is_delete", is_flag=True, help="Delete these images.  [default: list only]")
@click.option("--repository", "name", help="Name of the ECR repository.  [default: the app's]")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@common_options
@click.pass_context
def images_command(
    click_context: click.Context,
    older_than: int,
    is_delete: bool,
    name: str | None,
    is_json: bool,
    assembly: Path | None,
    stage: str,
    context: tuple[str, ...],
    profile: str | None,
) -> None:
    """List and delete images."""
    arguments = cdk_arguments(click_context, context, profile)
    name = name or _repository_name(assembly_of(assembly, arguments, stage, validate=False))
    account = account_of(arguments.profile)
    with aws_errors_as_messages(account):
        failures = _prune(account, name, older_than, is_delete=is_delete, is_json=is_json)
    click_context.exit(1 if failures else 0)


def _prune(account: Account, name: str, older_than: int, *, is_delete: bool, is_json: bool) -> list[str]:
    """Show the images, delete unused ones if asked to, and return what could not be deleted."""
    console, now = make_console(), datetime.now(UTC)
    used_by = references.read(account)
    decisions = decide(repository.stored_images(account, name), used_by.found, now=now, older_than_days=older_than)
    if not is_json:
        show(console, image_table.table(decisions, now))
        for reason in used_by.unread:
            console.print(f"  – not read: {reason}")
    deletable = [decision.image for decision in decisions if not decision.kept]
    deleted: list[str] = []
    failures: list[str] = []
    if is_delete:
        _require_known_uses(used_by)
        deleted, failures = repository.delete(account, name, deletable)
    if is_json:
        click.echo(json.dumps(image_table.as_json(name, decisions, deleted), indent=2))
    elif is_delete:
        console.print(f"  {plural(len(deleted), 'image')} deleted")
    for failure in failures:
        click.echo(f"  ✗ {failure}", err=True)
    return failures


def _require_known_uses(used_by: references.References) -> None:
    if used_by.unread:
        raise ActionableError(
            "no image was deleted", f"uses are unknown: {used_by.unread[0]}", "run it with permission to read them"
        )
    if used_by.changing:
        raise ActionableError(
            "no image was deleted",
            f"being changed, and may roll back to a former image: {', '.join(used_by.changing)}",
            "wait until the operation has ended",
        )


def _repository_name(assembly: Assembly) -> str:
    for resource in Plan.of(assembly).resources("AWS::ECR::Repository"):
        name = resource.properties.get("RepositoryName")
        if isinstance(name, str):
            return name
    raise ActionableError("the app has no ECR repository with a fixed name", "", "pass --repository NAME")
