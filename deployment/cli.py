"""The command line: `python -m deployment`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from deployment import account_deploy, after_deploy, preflight, workflow
from deployment.cdk_arguments import CdkArguments
from deployment.command_options import PassingOnCommand, account_of, assembly_of, cdk_arguments, common_options
from deployment.console import Progress, make_console, name_rejected, plural, show
from deployment.errors import ActionableError
from deployment.images import references, repository
from deployment.images.command import images_command
from deployment.preflight import Account, Finding, Plan
from deployment.preflight.screen import as_json, table
from deployment.workflow.workflow_command import Connection, stack_option, workflow_group

HELP = """Deploy the app to your AWS account, and check the account before and after.

\b
Examples:
  python -m deployment preflight OrdersOnLambda  check the account only
  python -m deployment deploy OrdersOnLambda     check, deploy, verify
  python -m deployment images                    list the stored images
  python -m deployment workflow status           open orders, dead letters
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

Checks only read. Each prints a line: ✓ passed, ✗ failed with the command that
fixes it, – not checked, for instance because a permission is missing.

STACK is a name or a pattern such as 'Orders*'. Default: all stacks.

\b
Examples:
  python -m deployment preflight OrdersOnLambda OrdersWorkflow
  python -m deployment preflight --json OrdersOnEksAuto
"""
DEPLOY_HELP = """Check your account, deploy the stacks, and show what runs afterwards.

Nothing is deployed if a check fails. After the deployment, the command reads
the state of the services: CloudFormation reports success for some deployments
that were rolled back.

STACK is a name or a pattern such as 'Orders*'. Arguments after -- belong to
`cdk deploy`; context values and parameters also reach the checks.

\b
Examples:
  python -m deployment deploy OrdersOnLambda
  python -m deployment deploy --all -- -c app_runner=true
  python -m deployment deploy OrdersOnLambda -- --require-approval never
"""
POLICY_HELP = """Print the IAM policy that the other commands need, as JSON.

All statements only read, except those that delete images and repair the
workflow. Deployments need permission to assume the roles of the
bootstrap stack.

\b
Example:
  python -m deployment policy
"""


@click.group(help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run a command."""


@main.command("preflight", cls=PassingOnCommand, help=PREFLIGHT_HELP, short_help="Check your account; change nothing.")
@click.argument("stacks", nargs=-1, metavar="[STACK]...")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@common_options
@click.pass_context
def preflight_command(
    click_context: click.Context,
    stacks: tuple[str, ...],
    is_json: bool,
    assembly: Path | None,
    stage: str,
    context: tuple[str, ...],
    profile: str | None,
) -> None:
    """Check the account."""
    arguments = cdk_arguments(click_context, context, profile)
    # The rows of the steps would not be JSON.
    with Progress(make_console(sys.stderr if is_json else None)) as progress:
        plan = _planned(progress, assembly, stage, stacks, arguments, validate=False)
        account = account_of(arguments.profile)
        findings = _checked(progress, plan, account)
    is_passed = preflight.is_passed(findings)
    if is_json:
        # The first finding is about the credentials.
        known = findings[0].outcome is preflight.Outcome.PASSED
        identity = account.identity.account if known else ""
        click.echo(json.dumps(as_json(findings, account=identity, region=account.region, stacks=plan.names), indent=2))
    else:
        show(make_console(), table(findings))
    click_context.exit(0 if is_passed else 1)


@main.command("deploy", cls=PassingOnCommand, help=DEPLOY_HELP, short_help="Check, deploy, and show what runs.")
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
    stage: str,
    context: tuple[str, ...],
    profile: str | None,
) -> None:
    """Check, deploy, and show the result."""
    if not stacks and not is_all:
        raise ActionableError(
            "no stack is named", "make deploy needs STACK=NAME", "make deploy STACK=OrdersOnLambda, or STACK=--all"
        )
    arguments = cdk_arguments(click_context, context, profile)
    console = make_console()
    with Progress(console) as progress:
        plan = _planned(progress, assembly, stage, () if is_all else stacks, arguments, validate=True)
        findings = [] if skip_preflight else _checked(progress, plan, account_of(arguments.profile))
    if findings:
        show(console, table(findings))
    if not preflight.is_passed(findings):
        raise ActionableError(
            "nothing was deployed", "a check of the account failed", "run the commands above, then deploy again"
        )
    status = account_deploy.run_deploy(account_deploy.deploy_command(plan.directory, plan.selectors, arguments.words))
    console.print()
    with Progress(console) as progress, progress.step("result", "ask services"):
        # The account has changed: nothing that was read before is used again.
        results = after_deploy.run(plan, account_of(arguments.profile), is_cdk_successful=status == 0)
    show(console, table(results))
    if status != 0:
        raise ActionableError("the deployment failed", f"cdk deploy ended with status {status}", "see its messages")
    if not preflight.is_passed(results):
        raise ActionableError(
            "the deployment failed", "a service does not run what was deployed", "see the lines above"
        )


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
        "ReadWorkflow": sorted(workflow.READ_PERMISSIONS),
        "RepairWorkflow": sorted(workflow.REPAIR_PERMISSIONS),
    }
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "*"} for sid, actions in statements.items()
        ],
    }


def _planned(
    progress: Progress,
    directory: Path | None,
    stage: str,
    stacks: Sequence[str],
    arguments: CdkArguments,
    *,
    validate: bool,
) -> Plan:
    with progress.step("synth") as step:
        assembly = assembly_of(directory, arguments, stage, validate=validate)
        step.update(plural(len(assembly.stacks), "stack"))
    name_rejected(assembly.rejected)
    return Plan.of(assembly, stacks, arguments)


def _checked(progress: Progress, plan: Plan, account: Account) -> list[Finding]:
    with progress.step("preflight", plural(len(plan.stacks), "stack")):
        return preflight.run(plan, account)


@click.option("--profile", help="Profile of the AWS credentials.  [env: AWS_PROFILE]")
@stack_option
@click.pass_context
def _workflow(context: click.Context, profile: str | None, stack: str | None) -> None:
    context.obj = Connection(lambda: account_of(profile), stack)


main.add_command(images_command)
main.add_command(workflow_group("python -m deployment", _workflow))
