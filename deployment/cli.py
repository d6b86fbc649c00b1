"""The command line: `python -m deployment`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import click
from botocore.config import Config
from botocore.exceptions import ProfileNotFound

from deployment import account_deploy, after_deploy, preflight
from deployment.assembly import Assembly
from deployment.cdk_arguments import CdkArguments
from deployment.console import make_console, plural, show
from deployment.errors import ActionableError
from deployment.images import image_table, references, repository
from deployment.images.retention import DEFAULT_DAYS, decide
from deployment.preflight import Account, Finding, Plan
from deployment.preflight.account import AWS_ERRORS
from deployment.preflight.screen import as_json, table

HELP = """Deploy the app to your AWS account, and check the account before and after.

\b
Examples:
  python -m deployment preflight OrdersOnLambda  check the account, change nothing
  python -m deployment deploy OrdersOnLambda     check, deploy, show the result
  python -m deployment images                    list the stored images
  python -m deployment policy                    permissions of these commands

Credentials and Region are those of the AWS CLI: AWS_PROFILE, AWS_REGION or
your configuration files. AWS_ENDPOINT_URL sends every call to another
endpoint.

\b
Exit status:
  0  success
  1  a check failed, or the deployment did; see the fix below it
  2  unknown command or option
"""
PREFLIGHT_HELP = """Check your account for the stacks and the stacks that they depend on.

Every check only reads. It prints a line: ✓ passed, ✗ failed with the command
that fixes it, – not checked, for instance because a permission is missing.

STACK is a name or a pattern such as 'Orders*'. Default: all stacks.

\b
Examples:
  python -m deployment preflight OrdersOnLambda OrdersWorkflow
  python -m deployment preflight --json OrdersOnEksAuto
"""
DEPLOY_HELP = """Check your account, deploy the stacks, and show what runs afterwards.

Nothing is deployed if a check fails. After the deployment the services are
asked as well: CloudFormation reports success for some deployments that were
rolled back.

STACK is a name or a pattern such as 'Orders*'. Arguments after -- belong to
`cdk deploy`; context values and parameters also reach the checks.

\b
Examples:
  python -m deployment deploy OrdersOnLambda
  python -m deployment deploy --all -- -c app_runner=true
  python -m deployment deploy OrdersOnLambda -- --require-approval never
"""
IMAGES_HELP = """List the images of the app's ECR repository, and delete old ones.

An image is kept while a stack, a task, a function or an environment of this
account and Region uses it, while it is young, and if it is the newest. Other
accounts and Regions that pull from the repository are not visible.

\b
Examples:
  python -m deployment images                          list, delete nothing
  python -m deployment images --older-than 30 --delete delete unused images
"""
POLICY_HELP = """Print the IAM policy that the other commands need, as JSON.

All statements only read, except the one that deletes images. Deploying itself
needs permission to assume the roles of the bootstrap stack.

\b
Example:
  python -m deployment policy
"""
_WORDS_OF_CDK = "cdk"

Command = Callable[..., Any]


class PassingOnCommand(click.Command):
    """A command whose arguments after `--` are for the CDK CLI."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        """Parse the arguments before `--`, and keep the others as they are."""
        own, separator, words = _split(arguments)
        context.meta[_WORDS_OF_CDK] = words if separator else []
        return super().parse_args(context, own)


def _split(arguments: Sequence[str]) -> tuple[list[str], bool, list[str]]:
    if "--" not in arguments:
        return list(arguments), False, []
    position = list(arguments).index("--")
    return list(arguments[:position]), True, list(arguments[position + 1 :])


def common_options(command: Command) -> Command:
    """Add the options that say which app is read with which credentials."""
    command = click.option(
        "--assembly",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Cloud assembly to read.  [default: synthesise app.py]",
    )(command)
    command = click.option(
        "-c", "--context", multiple=True, metavar="NAME=VALUE", help="Context value of app.py; repeatable."
    )(command)
    return click.option("--profile", help="Profile of the AWS credentials.  [env: AWS_PROFILE]")(command)


@click.group(help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run a command."""


@main.command("preflight", cls=PassingOnCommand, help=PREFLIGHT_HELP)
@click.argument("stacks", nargs=-1, metavar="[STACK]...")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@common_options
@click.pass_context
def preflight_command(
    click_context: click.Context,
    stacks: tuple[str, ...],
    is_json: bool,
    assembly: Path | None,
    context: tuple[str, ...],
    profile: str | None,
) -> None:
    """Check the account."""
    arguments = _arguments(click_context, context, profile)
    plan = Plan.of(_assembly(assembly, arguments, validate=False), stacks, arguments)
    account = account_of(arguments.profile)
    findings = preflight.run(plan, account)
    is_passed = preflight.is_passed(findings)
    if is_json:
        # The first finding is about the credentials.
        known = findings[0].outcome is preflight.Outcome.PASSED
        identity = account.identity.account if known else ""
        click.echo(json.dumps(as_json(findings, account=identity, region=account.region, stacks=plan.names), indent=2))
    else:
        _show_preflight(plan, findings)
    click_context.exit(0 if is_passed else 1)


@main.command("deploy", cls=PassingOnCommand, help=DEPLOY_HELP)
@click.argument("stacks", nargs=-1, metavar="STACK...")
@click.option("--all", "is_all", is_flag=True, help="Deploy all stacks.")
@click.option("--skip-preflight", is_flag=True, help="Deploy although a check failed or would fail.")
@common_options
@click.pass_context
def deploy_command(
    click_context: click.Context,
    stacks: tuple[str, ...],
    is_all: bool,
    skip_preflight: bool,
    assembly: Path | None,
    context: tuple[str, ...],
    profile: str | None,
) -> None:
    """Check, deploy, and show the result."""
    if not stacks and not is_all:
        raise ActionableError(
            "no stack is named", "make deploy needs STACK=NAME", "make deploy STACK=OrdersOnLambda, or STACK=--all"
        )
    arguments = _arguments(click_context, context, profile)
    source = _assembly(assembly, arguments, validate=True)
    plan = Plan.of(source, () if is_all else stacks, arguments)
    if not skip_preflight:
        findings = preflight.run(plan, account_of(arguments.profile))
        _show_preflight(plan, findings)
        if not preflight.is_passed(findings):
            raise ActionableError(
                "nothing was deployed", "a check of the account failed", "run the commands above, then deploy again"
            )
    status = account_deploy.run_deploy(account_deploy.deploy_command(source.path, plan.selected, arguments.words))
    # The account has changed: nothing that was read before is used again.
    results = after_deploy.run(plan, account_of(arguments.profile), is_cdk_successful=status == 0)
    console = make_console()
    console.print("\nresult")
    show(console, table(results))
    if status != 0:
        raise ActionableError("the deployment failed", f"cdk deploy ended with status {status}", "see its messages")
    if not preflight.is_passed(results):
        raise ActionableError(
            "the deployment failed", "a service does not run what was deployed", "see the lines above"
        )


@main.command("images", help=IMAGES_HELP)
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
    context: tuple[str, ...],
    profile: str | None,
) -> None:
    """List and delete images."""
    arguments = _arguments(click_context, context, profile)
    name = name or _repository_name(_assembly(assembly, arguments, validate=False))
    try:
        failures = _prune(account_of(arguments.profile), name, older_than, is_delete=is_delete, is_json=is_json)
    except AWS_ERRORS as error:
        raise ActionableError("AWS rejected a request", str(error), "aws sts get-caller-identity") from error
    click_context.exit(1 if failures else 0)


@main.command("policy", help=POLICY_HELP)
def policy_command() -> None:
    """Print the policy."""
    click.echo(json.dumps(policy(), indent=2))


def policy() -> dict[str, Any]:
    """Return the IAM policy document of these commands."""
    statements = {
        "Preflight": preflight.permissions(),
        "Result": after_deploy.permissions(),
        "ListImages": sorted({*references.PERMISSIONS, *repository.PERMISSIONS}),
        "DeleteImages": sorted(repository.DELETE_PERMISSIONS),
    }
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "*"} for sid, actions in statements.items()
        ],
    }


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


def account_of(profile: str | None) -> Account:
    """Return the account of your credentials, in the Region that the CDK CLI uses.

    Raises:
        ActionableError: there is no such profile.
    """
    try:
        session = boto3.Session(profile_name=profile)
    except ProfileNotFound as error:
        raise ActionableError("the profile does not exist", str(error), "aws configure list-profiles") from error
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or session.region_name or ""
    config = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=10, read_timeout=30)
    return Account(lambda service: session.client(service, region_name=region, config=config), region)  # type: ignore[call-overload]


def _arguments(context: click.Context, values: Sequence[str], profile: str | None) -> CdkArguments:
    """Return the arguments after `--`, and the options of this command in front of them."""
    own = [word for value in values for word in ("-c", value)] + (["--profile", profile] if profile else [])
    return CdkArguments.parse([*own, *context.meta.get(_WORDS_OF_CDK, ())])


def _assembly(path: Path | None, arguments: CdkArguments, *, validate: bool) -> Assembly:
    return Assembly.load(path) if path else account_deploy.synth(arguments.context, validate=validate)


def _repository_name(assembly: Assembly) -> str:
    for resource in Plan.of(assembly).resources("AWS::ECR::Repository"):
        name = resource.properties.get("RepositoryName")
        if isinstance(name, str):
            return name
    raise ActionableError("the app has no ECR repository with a fixed name", "", "pass --repository NAME")


def _show_preflight(plan: Plan, findings: list[Finding]) -> None:
    console = make_console()
    console.print(f"preflight of {plural(len(plan.stacks), 'stack')}")
    show(console, table(findings))
