"""The steps of `replay` and `redrive`: read, decide, act."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deployment.workflow import dead_letters, executions
from deployment.workflow.dead_letters import DeadLetter, PlacedOrder
from deployment.workflow.decisions import Action, Repair, Replay, decide_expired, decide_redrive, decide_replay
from deployment.workflow.orders import open_orders, orders_by_id
from deployment.workflow.resources import Workflow


@dataclass
class Messages:
    """Messages of the dead-letter queue that this command holds.

    Attributes:
        workflow: the workflow.
        letters: the dead letters.
        unknown: IDs of messages that the pipe did not send.
        receipts: receipt handles of messages that are not deleted.
    """

    workflow: Workflow
    letters: list[DeadLetter] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)

    def receive(self, limit: int, on_progress: Callable[[int], None]) -> None:
        """Receive messages.

        Args:
            limit: maximum number of messages.
            on_progress: receives the number of messages so far.
        """
        for message in dead_letters.receive(self.workflow, limit):
            self.receipts.append(message["ReceiptHandle"])
            if letter := dead_letters.parse(message):
                self.letters.append(letter)
            else:
                self.unknown.append(message["MessageId"])
            on_progress(len(self.receipts))

    def delete(self, letter: DeadLetter) -> None:
        """Delete a message."""
        dead_letters.delete(self.workflow, letter.receipt)
        self.receipts.remove(letter.receipt)


@contextmanager
def held_messages(workflow: Workflow) -> Iterator[Messages]:
    """Hold messages in the block; afterwards those that are not deleted are visible again."""
    messages = Messages(workflow)
    try:
        yield messages
    finally:
        for receipt in messages.receipts:
            dead_letters.release(workflow, receipt)


def plan_replays(workflow: Workflow, letters: Sequence[DeadLetter]) -> list[Replay]:
    """Decide on dead letters: read their records, or the open orders where these are gone."""
    placed: dict[str, list[PlacedOrder] | None] = {
        letter.id: dead_letters.read_orders(workflow, letter) for letter in letters
    }
    known = orders_by_id(workflow, (each.id for found in placed.values() for each in found or ()))
    has_expired = any(found is None for found in placed.values())
    unstarted = open_orders(workflow) if has_expired else []
    return [
        decide_expired(letter, unstarted)
        if (found := placed[letter.id]) is None
        else decide_replay(letter, found, known)
        for letter in letters
    ]


def replay(workflow: Workflow, plan: Replay, messages: Messages) -> None:
    """Start the executions of a dead letter, and delete it only afterwards."""
    for repair in plan.repairs:
        apply(workflow, repair)
    messages.delete(plan.letter)


def plan_redrives(workflow: Workflow, ids: Sequence[str], on_progress: Callable[[int], None]) -> list[Repair]:
    """Decide on open orders that an execution owns.

    Args:
        workflow: the workflow.
        ids: the orders. Default: all that are open.
        on_progress: receives the number of orders so far.
    """
    now = datetime.now(UTC)
    owned = [order for order in open_orders(workflow) if order.execution and (not ids or order.id in ids)]
    found = []
    for number, order in enumerate(owned, start=1):
        found.append(decide_redrive(order, executions.state_of(workflow, order.execution), now))
        on_progress(number)
    return found


def apply(workflow: Workflow, repair: Repair) -> bool:
    """Apply a decision; return False if it was applied before."""
    match repair.action:
        case Action.START:
            return executions.start(workflow, repair.execution, repair.order_id, repair.more_input)
        case Action.REDRIVE:
            return executions.redrive(workflow, repair.execution)
        case Action.NOTHING:
            return False
