"""The orders' way through the workflow: placed at every target, followed to their ends in the table.

What happened is read from the table, from exit codes of containers and from execution histories, in that order.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from deployment.contract.conversation import Conversation
from deployment.contract.diagnosis import as_results, with_tail
from deployment.deployed import Deployed
from deployment.errors import ActionableError
from deployment.results import Container, OrderEnd, Outcome, Trace, WorkflowResult
from deployment.workflow import execution, trace_tree
from deployment.workflow.following import follow
from deployment.workflow.placing import Placed, place
from deployment.workflow.spans import spans
from deployment.workflow.verdict import judge
from local_aws import facts
from local_aws.facts import ContainerState

SPANS_WITHIN_S = 12.0


def run(
    deployed: Deployed,
    talks: Mapping[str, Conversation],
    containers: Callable[[], list[ContainerState]],
    on_progress: Callable[[str], None],
) -> WorkflowResult:
    """Place orders at all targets that answer, and follow each to its end.

    Args:
        deployed: what is deployed.
        talks: target id -> conversation, of the targets that answer.
        containers: returns what the engine says about all containers; called when the orders are at their ends.
        on_progress: told where the orders are, whenever one moved.
    """
    if not talks:
        return WorkflowResult(outcome=Outcome.NOT_RUN, reason="no target answered, so no order could be placed")
    started = time.monotonic()
    try:
        placed = place(talks)
    except ActionableError as error:
        return WorkflowResult(outcome=Outcome.FAILED, reason=error.message, cause=error.cause, fix=error.fix)
    items = follow(_table_reader(deployed, placed), len(placed), on_progress)
    seconds = time.monotonic() - started
    result = _result(deployed, placed, items, seconds)
    return _judged(deployed, replace(result, tasks=_tasks(containers())))


def _result(
    deployed: Deployed, placed: Sequence[Placed], items: Mapping[str, Mapping[str, str]], seconds: float
) -> WorkflowResult:
    runs = _executions(deployed)
    counts = Counter(order for order, _, _ in runs)
    words = {order: status for order, _, status in runs}
    ends = [
        OrderEnd(
            id=order.id,
            target=order.target,
            expected=order.expected,
            status=items.get(order.id, {}).get("status", ""),
            reason=items.get(order.id, {}).get("reason", ""),
            execution=words.get(order.id, ""),
            executions=counts[order.id],
        )
        for order in placed
    ]
    return WorkflowResult(
        outcome=Outcome.PASSED,
        orders=len(ends),
        fulfilled=sum(end.status == "FULFILLED" for end in ends),
        rejected=sum(end.status == "REJECTED" for end in ends),
        rejected_reason=next((end.reason for end in ends if end.status == "REJECTED"), ""),
        seconds=round(seconds, 2),
        ends=ends,
        trace=_trace(deployed, placed[0], {order: arn for order, arn, _ in runs}),
    )


def _tasks(containers: Iterable[ContainerState]) -> list[Container]:
    return as_results(fact for fact in containers if fact.role == "task")


def _judged(deployed: Deployed, result: WorkflowResult) -> WorkflowResult:
    verdict = judge(result)
    if not verdict.reason:
        return result
    cause = with_tail(verdict.cause, _lines_of(verdict.log_of, deployed)) if verdict.log_of else verdict.cause
    return replace(result, outcome=Outcome.FAILED, reason=verdict.reason, cause=cause, fix=_logs("workflow"))


def _lines_of(names: Collection[str], deployed: Deployed) -> Iterator[str]:
    """Return what these containers wrote."""
    for line in facts.logs(deployed.running, deployed.stack_with_output("StateMachineArn")):
        if line.partition(" | ")[0] in names:
            yield line


def _executions(deployed: Deployed) -> list[tuple[str, str, str]]:
    """Return order, ARN and status of every execution."""
    client = deployed.client("stepfunctions")
    pages = client.get_paginator("list_executions").paginate(stateMachineArn=deployed.output("StateMachineArn"))
    found = [one for page in pages for one in page["executions"]]
    described = [client.describe_execution(executionArn=one["executionArn"]) for one in found]
    return [(execution.order_of(one.get("input", "")), one["executionArn"], one["status"]) for one in described]


def _trace(deployed: Deployed, order: Placed, arns: Mapping[str, str]) -> Trace:
    """Draw one order's trace, once everything arrived or the time for it is over; at once if it came to no good end."""
    arn = arns.get(order.id)
    run_ = execution.read(deployed.client("stepfunctions"), arn) if arn else None
    is_whole = run_ is not None and run_.status == "SUCCEEDED"
    until = time.monotonic() + (SPANS_WITHIN_S if is_whole else 0)
    while True:
        received = spans(deployed.running, trace_tree.hex_id(order.trace_id))
        trace = trace_tree.build(order.trace_id, order.id, received, run_)
        if not trace.missing or time.monotonic() > until:
            return trace
        time.sleep(0.3)


def _table_reader(deployed: Deployed, placed: Sequence[Placed]) -> Callable[[], dict[str, dict[str, str]]]:
    """Return a function that reads status and reason of all placed orders from the table."""
    client, table = deployed.client("dynamodb"), deployed.output("TableName")
    keys = [{"id": {"S": order.id}} for order in placed]

    def read() -> dict[str, dict[str, str]]:
        answer: dict[str, Any] = client.batch_get_item(RequestItems={table: {"Keys": keys, "ConsistentRead": True}})
        return {
            item["id"]["S"]: {name: item[name]["S"] for name in ("status", "reason") if name in item}
            for item in answer["Responses"].get(table, [])
        }

    return read


def _logs(name: str) -> str:
    return f"python -m local_aws logs {name}"
