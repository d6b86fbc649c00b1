"""The commands that change an account: `run`, `resume`, `destroy` and `sweep`."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import FrameType
from typing import IO, Any, NoReturn, cast

import boto3
import click
from rich.console import Console

from comparison.facts.unverified import read_unverified
from deployment import account_deploy
from deployment.assembly import Assembly
from deployment.cdk_arguments import CdkArguments
from deployment.command_options import account_of, aws_errors_as_messages, common_options
from deployment.console import Progress, failure, make_console, plural, show
from deployment.drills import Level
from deployment.errors import ActionableError
from deployment.preflight import Account, Plan, is_passed
from deployment.preflight.account import AWS_ERRORS
from deployment.results import Outcome
from deployment.target_ids import documented_targets
from pricing.prices import PriceList
from sandbox import (
    drills,
    own_stacks,
    preflight,
    remaining_resources,
    run_lock,
    run_results,
    screen,
    stack_times,
    state,
)
from sandbox.confirmation import require_terminal, require_typed_account
from sandbox.deletion import Remaining
from sandbox.environment import AccountEnvironment
from sandbox.lasting_output import LastingOutput
from sandbox.options import account_option, run_options
from sandbox.run import INTERRUPTED, LIMIT_PASSED, SandboxRun
from sandbox.run_limit import Clock, CredentialsExpired, is_expired, limit_of
from sandbox.run_plan import RunPlan, judge_limits
from sandbox.state import RunState, StateFile

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
RUN_HELP = """Deploy targets, run their drills, and delete everything again.

It checks the account as `plan` does, prints drills, hours and dollars, and
starts when you have typed the account ID on a terminal. No option replaces
that. It deploys one target after the other, and deletes all stacks at the end,
also after an error, Ctrl-C, or a limit.

Every stack has a tag with the ID of the run. The run changes and deletes only
stacks that it has created. Its state is in build/sandbox/RUN/state.json: with
this file, another process can continue.

\b
  Ctrl-C         end the drills, and delete the stacks
  Ctrl-C twice   exit at once; prints the command that deletes them

\b
Examples:
  python -m sandbox run --account 111122223333 --target lambda
  python -m sandbox run --account 111122223333 --target eks-auto --drills full
  python -m sandbox run --account 111122223333 --target lambda --hours 1
"""
RESUME_HELP = """Continue a run that was ended before its stacks were deleted.

Drills with a result are not repeated. A run whose drills were ended by Ctrl-C
or by a limit only deletes its stacks. RUN is the ID that `run` printed.

\b
Examples:
  python -m sandbox resume k3x9ab
"""
DESTROY_HELP = """Delete all stacks of a run.

It deletes the stacks in the run's state file that carry the run's tag, by their
IDs, the last one first. It needs neither the app nor a container engine, and
asks nothing. RUN is the ID that `run` printed.

\b
Examples:
  python -m sandbox destroy k3x9ab
"""
SWEEP_HELP = """List the runs whose limit has passed, and all stacks with the tag of a run.

With --delete, it deletes the stacks of runs whose limit has passed and whose
state file is on this computer. For other stacks, it prints the commands.

\b
Examples:
  python -m sandbox sweep --account 111122223333
  python -m sandbox sweep --account 111122223333 --delete
"""


@click.command("run", help=RUN_HELP, short_help="Deploy, run the drills, and delete everything.")
@account_option
@run_options
@click.option(
    "--record",
    "recordings",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIRECTORY",
    help="Write redacted responses of AWS, for tests.",
)
@common_options
def run_command(
    account: str,
    targets: tuple[str, ...],
    level: Level,
    ceiling: float,
    hours: float,
    recordings: Path | None,
    assembly: Path | None,
    stage: str,
    context: tuple[str, ...],
    profile: str | None,
) -> None:
    """Run the drills."""
    require_terminal(sys.stdin)
    words = [word for value in context for word in ("-c", value)]
    directory = state.new_directory()
    try:
        console = make_console()
        reader = account_of(profile)
        with aws_errors_as_messages(reader):
            app, plan = _planned(console, directory, assembly, stage, words, targets, level)
            _check(console, plan, reader, account, profile, ceiling, hours)
        file = _confirmed(console, directory, app, plan, reader, words, profile, ceiling, hours)
    except BaseException:
        # Nothing was deployed: nothing has to be remembered.
        shutil.rmtree(directory, ignore_errors=True)
        raise
    _execute(file, recordings=recordings)


@click.command("resume", help=RESUME_HELP, short_help="Continue a run.")
@click.argument("run")
def resume_command(run: str) -> None:
    """Continue the run."""
    file = state.read(run)
    if file.state.phase == "drills" and not file.state.has_expired(datetime.now(UTC)):
        require_terminal(sys.stdin)
        _require_safe_account(file)
        require_typed_account(file.state.account)
    _execute(file)


@click.command("destroy", help=DESTROY_HELP, short_help="Delete the stacks of a run.")
@click.argument("run")
def destroy_command(run: str) -> None:
    """Delete the stacks."""
    _execute(state.read(run), is_deletion=True)


@click.command("sweep", help=SWEEP_HELP, short_help="List or delete what expired runs left.")
@account_option
@click.option("--delete", "is_deletion", is_flag=True, help="Delete stacks of expired runs.")
@click.option("--profile", help="Profile of the AWS credentials.  [env: AWS_PROFILE]")
def sweep_command(account: str, is_deletion: bool, profile: str | None) -> None:
    """List or delete."""
    console = make_console()
    reader = account_of(profile)
    with aws_errors_as_messages(reader):
        if reader.identity.account != account:
            raise ActionableError(
                f"the credentials belong to {reader.identity.account}, and --account is {account}",
                "",
                "pass --profile with a profile of that account, or correct --account",
            )
        found = own_stacks.find_all(reader.client("cloudformation"))
    now = datetime.now(UTC)
    files = [file for file in state.read_all() if _is_here(file.state, account, reader.region)]
    show(console, screen.sweep_table([file.state for file in files], found, now))
    expired = [file for file in files if file.state.has_expired(now) and file.state.existing]
    if is_deletion:
        for file in expired:
            _execute(file, is_deletion=True)


def _is_here(run: RunState, account: str, region: str) -> bool:
    return (run.account, run.region, run.endpoint) == (account, region, _endpoint())


def _planned(
    console: Console,
    directory: Path,
    assembly: Path | None,
    stage: str,
    words: Sequence[str],
    targets: Sequence[str],
    level: Level,
) -> tuple[Assembly, RunPlan]:
    """Synthesise the app, or copy an assembly, into the directory of the run, and plan the run."""
    with Progress(console) as progress, progress.step("synth") as step:
        if assembly:
            copy = directory / assembly.resolve().name
            shutil.copytree(assembly, copy, symlinks=True)
            app = Assembly.load(copy, stage)
        else:
            app = account_deploy.synth(words, stage, directory=directory, validate=True)
        step.update(plural(len(app.stacks), "stack"))
    statements = read_unverified(documented_targets())
    return app, RunPlan.of(app, targets, level, statements, PriceList.load(), CdkArguments.parse(words))


def _check(
    console: Console,
    plan: RunPlan,
    reader: Account,
    account: str,
    profile: str | None,
    ceiling: float,
    hours: float,
) -> None:
    """Show the plan.

    Raises:
        ActionableError: something stops the run.
    """
    with Progress(console) as progress, progress.step("preflight", plural(len(plan.deployment.stacks), "stack")):
        credentials = boto3.Session(profile_name=profile).get_credentials()
        until = datetime.now(UTC) + timedelta(hours=hours)
        findings = preflight.run(plan.deployment, reader, account, credentials, until)
    findings += judge_limits(plan, ceiling_usd=ceiling, max_hours=hours, region=reader.region)
    show(console, screen.plan_table(plan, findings))
    if not is_passed(findings):
        raise ActionableError(
            "nothing was deployed", "a check stops the run", "run the commands above, then start again"
        )


def _confirmed(
    console: Console,
    directory: Path,
    app: Assembly,
    plan: RunPlan,
    reader: Account,
    words: Sequence[str],
    profile: str | None,
    ceiling: float,
    hours: float,
) -> StateFile:
    """Show limit and tag, ask for the account ID, and write the first state."""
    started = datetime.now(UTC)
    found = RunState(
        run=directory.name,
        account=reader.identity.account,
        region=reader.region,
        endpoint=_endpoint(),
        profile=profile,
        level=plan.level,
        targets=tuple(target.target for target in plan.targets),
        assembly=str(app.path.resolve()),
        stage=app.stage,
        context=tuple(words),
        names=tuple(plan.deployment.names),
        started=started,
        limit=limit_of(started, hours=hours, ceiling_usd=ceiling, usd_per_hour=plan.usd / plan.hours),
        hours=hours,
        ceiling_usd=ceiling,
        versions=run_results.versions(),
    )
    show(console, screen.start_table(found))
    require_typed_account(found.account)
    return state.create(found, directory.parent)


def _execute(file: StateFile, *, is_deletion: bool = False, recordings: Path | None = None) -> None:
    """Continue a run in its environment, and print its results.

    Raises:
        ActionableError: stacks remain, or nothing can be done with these credentials.
    """
    environment = replace(_environment(file), recordings=recordings)
    clock = Clock(file.state.limit)
    console = make_console(cast("IO[str]", LastingOutput(sys.stdout)))
    with _ends_with_commands(file), ExitStack() as held, Progress(console) as progress:
        with progress.step("lock", "waiting") as step:
            report = partial(step.update, "waiting")
            descriptor = held.enter_context(run_lock.locked(file.directory, report, now=clock.now, wait=clock.wait))
            step.update("held", f"run {file.state.run}")
        # Another process may have changed it before this one held the lock.
        file.state = state.read(file.state.run, file.directory.parent).state
        _require_account(environment)
        run = SandboxRun(
            file=file,
            environment=environment,
            progress=progress,
            clock=clock,
            drills=drills.RUN,
            inherited_files=(descriptor,),
        )
        remaining = run.destroy() if is_deletion else run.execute()
    times = stack_times.of_run(file.state, environment.client("cloudformation"))
    _print_results(console, file, remaining, times, is_deletion=is_deletion)


def _print_results(
    console: Console,
    file: StateFile,
    remaining: Sequence[Remaining],
    times: Mapping[str, Mapping[str, float]] = {},
    *,
    is_deletion: bool,
) -> None:
    evidence, path = run_results.write_evidence(file, times)
    show(console, screen.evidence_table(evidence))
    console.print(f"\n  python -m sandbox report {os.path.relpath(path)}", markup=False, highlight=False)
    for stack in remaining:
        show(console, failure(f"{stack.name} is not deleted", stack.reason, stack.fix))
    for found in remaining_resources.read(file.directory):
        show(console, failure(f"{found.name} may remain", found.reason, found.command))
    if remaining:
        raise ActionableError(
            f"{plural(len(remaining), 'stack')} of the run {file.state.run} remain, and cost money",
            remaining[0].reason,
            f"remove what prevents it, then: python -m sandbox destroy {file.state.run}",
        )
    if any(found.outcome is Outcome.FAILED for found in file.state.drills):
        raise ActionableError("a drill failed; all stacks of the run are deleted", "", f"see {file.directory}")
    ended = [found.reason for found in file.state.drills if found.reason in (INTERRUPTED, LIMIT_PASSED)]
    if ended and not is_deletion:
        raise ActionableError(
            f"{plural(len(ended), 'drill')} did not run; all stacks of the run are deleted",
            ended[0],
            "start again with python -m sandbox run",
        )


def _environment(file: StateFile) -> AccountEnvironment:
    found = file.state
    if _endpoint() and _endpoint() != found.endpoint:
        raise ActionableError(
            f"AWS_ENDPOINT_URL is {_endpoint()}",
            f"the run {found.run} was made against {found.endpoint or 'AWS'}",
            f"export AWS_ENDPOINT_URL={found.endpoint}" if found.endpoint else "unset AWS_ENDPOINT_URL",
        )
    return AccountEnvironment(
        run=found.run,
        account=found.account,
        region=found.region,
        profile=found.profile,
        endpoint=found.endpoint,
        directory=file.directory,
        assembly=Path(found.assembly),
    )


def _endpoint() -> str:
    return os.environ.get("AWS_ENDPOINT_URL", "")


def _require_account(environment: AccountEnvironment) -> None:
    """Check that the credentials belong to the account of the run.

    Raises:
        ActionableError: they belong to another one.
        CredentialsExpired: they are not valid any more.
    """
    try:
        found = environment.client("sts").get_caller_identity()["Account"]
    except AWS_ERRORS as error:
        if is_expired(error):
            raise CredentialsExpired from error
        raise
    if found != environment.account:
        raise ActionableError(
            f"the credentials belong to {found}, and the run to {environment.account}",
            "aws sts get-caller-identity shows the account of your credentials",
            "export AWS_PROFILE=NAME, with a profile of that account",
        )


def _require_safe_account(file: StateFile) -> None:
    """Repeat the checks that keep a run out of other accounts.

    Raises:
        ActionableError: one of them fails.
    """
    environment = _environment(file)
    with _ends_with_commands(file):
        _require_account(environment)
        account = Account(environment.client, environment.region)
        plan = Plan(selected=(), stacks=(), templates={})
        findings = [found for check in preflight.SAFETY for found in check.findings(plan, account)]
    for found in findings:
        if not is_passed([found]):
            raise ActionableError(found.summary, f"the check {found.check!r} stops the run", "\n".join(found.fix))


@contextmanager
def _ends_with_commands(file: StateFile) -> Iterator[None]:
    """End with the commands that continue the run, whatever interrupts the block.

    SIGTERM and a closed terminal count as Ctrl-C.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before: dict[signal.Signals, Any] = {number: signal.signal(number, interrupt) for number in _SIGNALS}
    run = file.state.run
    commands = f"python -m sandbox resume {run}, or python -m sandbox destroy {run}"
    try:
        yield
    except KeyboardInterrupt:
        raise ActionableError(
            f"the run {run} was interrupted; {_left(file)}", "a second signal ends it at once", commands
        ) from None
    except CredentialsExpired as error:
        raise ActionableError(
            f"the credentials have expired; {_left(file)}",
            str(error.__cause__ or ""),
            f"sign in again, then: {commands}",
        ) from error
    except AWS_ERRORS as error:
        raise ActionableError(f"AWS could not be called; {_left(file)}", str(error), commands) from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _left(file: StateFile) -> str:
    count = len(file.state.existing)
    return f"{plural(count, 'stack')} of it remain, and cost money" if count else "no recorded stack of it remains"
