"""The commands of the workflow, for an account and for the local run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import click

from deployment.command_options import aws_errors_as_messages
from deployment.console import Progress, make_console, plural, show
from deployment.errors import ActionableError
from deployment.preflight.account import Account
from deployment.workflow import reconciler, repair, workflow_tables
from deployment.workflow import status as state
from deployment.workflow.decisions import Action, Repair, Replay
from deployment.workflow.order_ids import OrderId
from deployment.workflow.resources import Workflow, find
from deployment.workflow.workflow_help import HELP, RECONCILE_HELP, REDRIVE_HELP, REPLAY_HELP, STATUS_HELP

DEFAULT_MINUTES, DEFAULT_LIMIT, DEFAULT_MESSAGES = 15, 20, 100

Callback = Callable[..., None]


@dataclass(frozen=True)
class Connection:
    """The object of the click context: how the commands reach their workflow.

    Attributes:
        connect: returns the account; called when a command runs, so that `--help` needs none.
        stack: name of the workflow's stack. Default: the only one.
    """

    connect: Callable[[], Account]
    stack: str | None = None

    @contextmanager
    def workflow(self) -> Iterator[Workflow]:
        """Return the workflow for the block; errors of AWS become messages."""
        account = self.connect()
        with aws_errors_as_messages(account):
            yield find(account, self.stack)


def stack_option(callback: Callback) -> Callback:
    """Add the option that selects one of several workflows."""
    return click.option("--stack", help="Name of the workflow's stack.  [default: the only one]")(callback)


def workflow_group(program: str, callback: Callback) -> click.Group:
    """Return the group of commands.

    Args:
        program: the program in the examples, such as "python -m deployment".
        callback: sets a `Connection` as the object of the click context; its options are those of the group.
    """
    text = HELP.replace("PROGRAM", program)
    group = click.group("workflow", help=text, short_help="Inspect and repair the workflow.")(callback)
    for command, text in COMMANDS:
        group.add_command(
            click.Command(
                command.name,
                callback=command.callback,
                params=command.params,
                help=text.replace("PROGRAM", program),
                short_help=command.short_help,
            )
        )
    return group


def _repair_options(callback: Callback) -> Callback:
    callback = click.option("--yes", "-y", "is_confirmed", is_flag=True, help="Do not ask for confirmation.")(callback)
    return click.option("--dry-run", "is_dry", is_flag=True, help="Show what would be done; change nothing.")(callback)


@click.command("status", short_help="Show open orders, executions and dead letters.")
@click.option(
    "--older-than",
    type=click.IntRange(min=0),
    default=DEFAULT_MINUTES,
    show_default=True,
    metavar="MINUTES",
    help="Age from which an open order is listed.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=DEFAULT_LIMIT,
    show_default=True,
    metavar="N",
    help="Maximum number of listed orders.",
)
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def _status(connection: Connection, *, older_than: int, limit: int, is_json: bool) -> None:
    now, minimum = datetime.now(UTC), timedelta(minutes=older_than)
    # The rows of the steps would not be JSON.
    progress = Progress(make_console(sys.stderr if is_json else None))
    with connection.workflow() as workflow, progress, progress.step("read", "open orders"):
        found = state.read(workflow, now, minimum, limit)
    if is_json:
        click.echo(json.dumps(state.as_json(found, now), indent=2))
    else:
        show(make_console(), workflow_tables.status_table(found, now, minimum))


@click.command("replay", short_help="Start the orders of dead letters.")
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=DEFAULT_MESSAGES,
    show_default=True,
    metavar="N",
    help="Maximum number of dead letters.",
)
@_repair_options
@click.pass_obj
def _replay(connection: Connection, *, limit: int, is_confirmed: bool, is_dry: bool) -> None:
    console = make_console()
    plans: list[Replay] = []
    with connection.workflow() as workflow, repair.held_messages(workflow) as messages:
        with Progress(console) as progress:
            with progress.step("dead letters") as step:
                messages.receive(limit, lambda count: step.update(plural(count, "message")))
            if messages.letters:
                with progress.step("stream", plural(len(messages.letters), "record")):
                    plans = repair.plan_replays(workflow, messages.letters)
        repairs = [each for plan in plans for each in plan.repairs]
        if plans:
            show(console, workflow_tables.repairs_table(repairs))
        question = f"{_question(repairs)} and delete {plural(len(plans), 'dead letter')}?"
        if plans and not is_dry and _is_agreed(question, is_confirmed=is_confirmed):
            with Progress(console) as progress, progress.step("replay") as step:
                for number, plan in enumerate(plans, start=1):
                    repair.replay(workflow, plan, messages)
                    step.update(f"{number} of {len(plans)}")
        elif not plans and not messages.unknown:
            console.print("  there are no dead letters")
    if messages.unknown:
        raise ActionableError(
            f"{plural(len(messages.unknown), 'message')} stayed in the queue: not sent by the pipe",
            ", ".join(messages.unknown),
            f"read them: aws sqs receive-message --queue-url {workflow.queue_url}",
        )


@click.command("redrive", short_help="Continue orders whose execution has ended.")
@click.argument("orders", nargs=-1, metavar="[ORDER]...", type=OrderId())
@_repair_options
@click.pass_obj
def _redrive(connection: Connection, *, orders: tuple[str, ...], is_confirmed: bool, is_dry: bool) -> None:
    console = make_console()
    with connection.workflow() as workflow:
        with Progress(console) as progress, progress.step("executions") as step:
            plan = repair.plan_redrives(workflow, orders, lambda count: step.update(plural(count, "order")))
        missing = set(orders) - {each.order_id for each in plan}
        if missing:
            raise ActionableError(
                f"{plural(len(missing), 'order')} cannot be redriven",
                f"final, unknown, or without an execution: {', '.join(sorted(missing))}",
                "name open orders with an execution; `reconcile` starts those without one",
            )
        repairs = [each for each in plan if each.action is not Action.NOTHING]
        if repairs or orders:
            show(console, workflow_tables.repairs_table(plan if orders else repairs))
        else:
            console.print("  no open order has an execution that has ended")
        if repairs and not is_dry and _is_agreed(f"{_question(repairs)}?", is_confirmed=is_confirmed):
            with Progress(console) as progress, progress.step("redrive") as step:
                before: list[str] = []
                for number, each in enumerate(repairs, start=1):
                    if not repair.apply(workflow, each):
                        before.append(each.order_id)
                    step.update(f"{number} of {len(repairs)}")
            for order_id in before:
                console.print(f"  {order_id}  already repaired by another command")


@click.command("reconcile", short_help="Run the reconciler now.")
@click.option("--yes", "-y", "is_confirmed", is_flag=True, help="Do not ask for confirmation.")
@click.pass_obj
def _reconcile(connection: Connection, *, is_confirmed: bool) -> None:
    console = make_console()
    with connection.workflow() as workflow:
        if not _is_agreed(f"Run the reconciler {workflow.reconciler}?", is_confirmed=is_confirmed):
            return
        with Progress(console) as progress, progress.step("reconcile"):
            result = reconciler.run(workflow)
    click.echo(json.dumps(result, indent=2))


def _question(repairs: Sequence[Repair]) -> str:
    starts = sum(each.action is Action.START for each in repairs)
    redrives = sum(each.action is Action.REDRIVE for each in repairs)
    parts = [f"Redrive {plural(redrives, 'execution')}"] if redrives else []
    if starts or not redrives:
        parts.append(f"{'start' if parts else 'Start'} {plural(starts, 'execution')}")
    return " and ".join(parts)


def _is_agreed(question: str, *, is_confirmed: bool) -> bool:
    if is_confirmed:
        return True
    try:
        return click.confirm(f"  {question}")
    except click.Abort:
        click.echo()
        raise ActionableError("nothing was changed", "no one confirmed it", "pass --yes") from None


COMMANDS = (
    (_status, STATUS_HELP),
    (_replay, REPLAY_HELP),
    (_redrive, REDRIVE_HELP),
    (_reconcile, RECONCILE_HELP),
)
