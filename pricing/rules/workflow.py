"""What the workflow and the traces beside the service cost: an order is a write to the table."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pricing.deployment import Resource
from pricing.lines import Bill, Line
from pricing.rules.ecs import fargate_lines

# Fargate bills a task for a minute at least, which its step takes less than; what a step of Lambda takes is assumed.
_TASK_HOURS, _FUNCTION_SECONDS = 1 / 60, 0.2
# What X-Ray is told of each state; an assumption.
_STATE_BYTES = 1000
# The item, and its copy in the table's index.
_WRITES_AN_UPDATE = 2


def state_machine(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill an order that goes well: each state that it passes, each function and, for a minute, each task.

    AWS's page counts each step that is executed; that the start is one more is an assumption.
    https://aws.amazon.com/step-functions/pricing/
    """
    passed = _passed(_definition(resource))
    yield bill.line(resource, "transitions", "step-functions-transitions", "million_writes", (len(passed) + 1) * 1000)
    updates = sum(str(state.get("Resource")).endswith(":states:::dynamodb:updateItem") for state in passed)
    yield bill.line(resource, "writes to the table", "dynamodb-writes", "million_writes", updates * _WRITES_AN_UPDATE)
    if resource.properties.get("TracingConfiguration", {}).get("Enabled"):
        for rule in bill.deployment.all("AWS::XRay::SamplingRule"):
            gigabytes = len(passed) * _STATE_BYTES * 1e6 / 1e9 * _share(rule)
            yield bill.line(resource, "spans of its states", "spans-gb", "million_writes", gigabytes)
    for found in bill.deployment.resources:
        if found.stack == resource.stack and found.type == "AWS::ECS::TaskDefinition":
            for line in fargate_lines(found, bill, found):
                yield replace(line, driver="million_writes", factor=line.factor * _TASK_HOURS * 1e6)
        if found.stack == resource.stack and found.properties.get("PackageType") == "Image":
            gib = float(found.properties.get("MemorySize", 128)) / 1024
            yield bill.line(found, "requests", "lambda-requests", "million_writes")
            seconds = _FUNCTION_SECONDS * 1e6 * gib
            yield bill.line(found, "memory while it works", "lambda-x86-gb-second", "million_writes", seconds)


def _definition(machine: Resource) -> Mapping[str, Any]:
    """Return the machine's definition; what deploying fills in, such as names of functions, is left out."""
    text = machine.properties["DefinitionString"]
    pieces = [text] if isinstance(text, str) else text["Fn::Join"][1]
    definition: Mapping[str, Any] = json.loads("".join(piece for piece in pieces if isinstance(piece, str)))
    return definition


def _passed(definition: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the states on the longest way through: none that a failure leads to, and none twice."""
    states = definition["States"]
    undoing = {caught["Next"] for state in states.values() for caught in state.get("Catch", [])}

    def longest(name: str, before: tuple[str, ...]) -> tuple[str, ...]:
        state, way = states[name], (*before, name)
        after = [*(choice["Next"] for choice in state.get("Choices", [])), state.get("Default"), state.get("Next")]
        ways = [longest(follower, way) for follower in after if follower and follower not in {*undoing, *way}]
        return max(ways, key=len, default=way)

    return [states[name] for name in longest(definition["StartAt"], ())]


def pipe(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill one request an order."""
    yield bill.line(resource, "pipe", "pipes-requests", "million_writes")


def queue(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill nothing while all goes well: the queue holds what could not be worked on."""
    yield bill.line(resource, "queue of failures", "sqs-requests", "million_writes", 0)


def topic(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill nothing while all goes well: the topic tells of alarms."""
    yield bill.line(resource, "topic of alarms", "sns-requests", "million_writes", 0)


def sampling_rule(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill the spans of the share of requests that is traced, by the gigabyte.

    X-Ray's OTLP endpoint takes them only where Transaction Search is on, which then takes all spans of the account in
    as logs and indexes one of a hundred free.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Enable-TransactionSearch.html
    """
    yield bill.line(resource, "spans of the service", "spans-gb", "span_gb", _share(resource))


def _share(sampling_rule: Resource) -> float:
    return float(sampling_rule.properties["SamplingRule"]["FixedRate"])
