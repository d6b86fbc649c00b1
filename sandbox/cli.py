"""The command line: `python -m sandbox`."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import click

from comparison.facts import evidence
from comparison.facts.unverified import read_unverified
from deployment.assembly import DEFAULT_QUALIFIER
from deployment.command_options import PassingOnCommand, account_of, assembly_of, cdk_arguments, common_options
from deployment.console import Progress, make_console, plural, show
from deployment.credentials import session_of, settings_as_messages
from deployment.drills import Level
from deployment.preflight import is_passed
from deployment.target_ids import documented_targets
from pricing.prices import PriceList
from sandbox import preflight, screen
from sandbox.contribution import contribution
from sandbox.options import account_option, run_options
from sandbox.policy import policy
from sandbox.run_commands import destroy_command, resume_command, run_command, sweep_command
from sandbox.run_plan import RunPlan, judge_limits

HELP = """Verify the app in an AWS account of your own, by drills.

The drills deploy targets, break them, and destroy them. `run`, `resume`,
`destroy` and `sweep --delete` change the account; the other commands only
read it.

\b
Examples:
  python -m sandbox plan --account 111122223333 --target lambda
  python -m sandbox policy --account 111122223333
  python -m sandbox run --account 111122223333 --target lambda
  python -m sandbox destroy k3x9ab
  python -m sandbox sweep --account 111122223333
  python -m sandbox drills
  python -m sandbox report docs/evidence/example.json

Credentials and Region are those of the AWS CLI: AWS_PROFILE, AWS_REGION or
your configuration files. AWS_ENDPOINT_URL sends every call to another
endpoint.

\b
Exit status:
  0  success; for a plan: nothing would stop the run
  1  something stops the run, a drill failed, or a stack remains; see the fix
  2  unknown command or option
"""
PLAN_HELP = """Check the account and print drills, hours and dollars; change nothing.

Every check has one of four results: ✓ it is fine, ✗ it will stop the run,
! it may surprise you, – it is unknown, for instance because a permission is
missing. Below a result that is not fine is the command that changes it.

If the credentials belong to another account than --account, to the root
user, to the management account of an organization, or to an account with
"prod" in its alias or name, nothing else is read.

\b
Levels of --drills:
  smoke  D1, D3, D10: deploy, verify, detect drift, destroy
  full   D1 to D10: also updates, failures, load
  slow   full, and again with variants that take until a timeout

\b
Examples:
  python -m sandbox plan --account 111122223333 --target lambda
  python -m sandbox plan --account 111122223333 --target eks-auto --json
  python -m sandbox plan --account 111122223333 --target lambda --hours 1
"""
POLICY_HELP = """Print the IAM policy that the commands need, as JSON.

It allows to read what the checks ask for, and to assume the roles of the
bootstrap stack with which the CDK deploys. It allows no other change.

\b
Examples:
  python -m sandbox policy --account 111122223333
  python -m sandbox policy --account 111122223333 --region us-east-1
"""
DRILLS_HELP = """List the drills, and the statements of docs/unverified.md that each settles.

Each statement has the level that settles it; a level has the drills of those
before it.

\b
Examples:
  python -m sandbox drills
  python -m sandbox drills --json
"""
REPORT_HELP = """Print the evidence of a run, and how to contribute it.

It has drills, times, measurements on AWS, and statements that are refuted,
proven or not settled.

FILE is JSON. A file that contains an account ID, an ARN, an address or a
token is rejected, and so is one that claims more than its source can prove:
only a run on AWS proves or refutes a statement.

\b
Examples:
  python -m sandbox report docs/evidence/example.json
"""


def _require_pattern(_context: click.Context, option: click.Parameter, value: str) -> str:
    if not re.fullmatch(r"[*\w-]+", value):
        raise click.BadParameter(f"{value!r} is no value of an ARN; the default is {option.default!r}.")
    return value


@click.group(help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run a command."""


for command in (run_command, resume_command, destroy_command, sweep_command):
    main.add_command(command)


@main.command("plan", cls=PassingOnCommand, help=PLAN_HELP, short_help="Check the account; drills, hours, dollars.")
@account_option
@run_options
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@common_options
@click.pass_context
def plan_command(
    click_context: click.Context,
    account: str,
    targets: tuple[str, ...],
    level: Level,
    ceiling: float,
    hours: float,
    is_json: bool,
    assembly: Path | None,
    stage: str,
    context: tuple[str, ...],
    profile: str | None,
) -> None:
    """Print the plan of a run."""
    arguments = cdk_arguments(click_context, context, profile)
    # The rows of the steps would not be JSON.
    with Progress(make_console(sys.stderr if is_json else None)) as progress:
        with progress.step("synth") as step:
            found = assembly_of(assembly, arguments, stage, validate=False)
            step.update(plural(len(found.stacks), "stack"))
        statements = read_unverified(documented_targets())
        run = RunPlan.of(found, targets, level, statements, PriceList.load(), arguments)
        reader = account_of(profile)
        with progress.step("preflight", plural(len(run.deployment.stacks), "stack")):
            with settings_as_messages():
                credentials = session_of(profile).get_credentials()
            findings = preflight.run(run.deployment, reader, account, credentials)
    findings += judge_limits(run, ceiling_usd=ceiling, max_hours=hours, region=reader.region)
    if is_json:
        data = screen.plan_as_json(run, findings, account=account, region=reader.region)
        click.echo(json.dumps(data, indent=2))
    else:
        show(make_console(), screen.plan_table(run, findings))
    click_context.exit(0 if is_passed(findings) else 1)


@main.command("policy", help=POLICY_HELP, short_help="Print the IAM policy.")
@account_option
@click.option(
    "--region", default="*", show_default=True, callback=_require_pattern, help="Region that it is limited to."
)
@click.option(
    "--qualifier",
    default=DEFAULT_QUALIFIER,
    show_default=True,
    callback=_require_pattern,
    help="Qualifier of the bootstrap stack.",
)
def policy_command(account: str, region: str, qualifier: str) -> None:
    """Print the policy."""
    click.echo(json.dumps(policy(account, region, qualifier=qualifier), indent=2))


@main.command("drills", help=DRILLS_HELP, short_help="List drills and their statements.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def drills_command(is_json: bool) -> None:
    """List the drills."""
    statements = read_unverified(documented_targets())
    if is_json:
        click.echo(json.dumps(screen.drills_as_json(statements), indent=2))
    else:
        show(make_console(), screen.drills_table(statements))


@main.command("report", help=REPORT_HELP, short_help="Print the evidence of a run.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def report_command(file: Path) -> None:
    """Print the evidence."""
    found = evidence.read(file)
    show(make_console(), screen.evidence_table(found))
    click.echo(screen.contribution_text(contribution(found, file)))
