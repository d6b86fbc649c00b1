"""Prices of the workflow: Step Functions, EventBridge Pipes, SQS and SNS. An order is one write to the table."""

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from deployment.template import Resource
from pricing.charges import Charge, PricingContext
from pricing.rules.cloudwatch import logs, sampling_rate
from pricing.rules.ecs import fargate_charges
from pricing.rules.lambda_ import function_of

# Fargate bills a task for at least a minute, which its step does not exceed; the duration of a function is assumed.
_TASK_HOURS, _FUNCTION_SECONDS = 1 / 60, 0.2
# X-Ray data of each state; an assumption.
_STATE_BYTES = 1000
# Events of a state in the log of its execution (entered, scheduled, started, succeeded, exited), the bytes of one, and
# those of its input or output; assumptions.
_EVENTS_PER_STATE, _EVENT_BYTES, _EXECUTION_DATA_BYTES = 4, 350, 1000
# The orders table is in a stack of the targets.
_INDEXES_OF_OTHER_STACKS = 2
_PLACEHOLDER = "placeholder-"


def state_machine(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price a successful order: its state transitions, functions and, for a minute each, tasks.

    AWS's page counts every executed step; one more for the start is an assumption.
    https://aws.amazon.com/step-functions/pricing/
    """
    states = _longest_path(_definition(resource))
    transitions = (len(states) + 1) * 1000
    yield context.charge(resource, "state transitions", "step-functions-transitions", "million_writes", transitions)
    writes = sum(_writes(state, resource, context) for state in states)
    yield context.charge(resource, "writes to the tables", "dynamodb-writes", "million_writes", writes)
    yield from _execution_log(resource, context, len(states))
    if resource.properties.get("TracingConfiguration", {}).get("Enabled"):
        for rule in context.templates.all("AWS::XRay::SamplingRule"):
            gigabytes = len(states) * _STATE_BYTES * 1e6 / 1e9 * sampling_rate(rule)
            yield context.charge(resource, "spans of the states", "spans-gb", "million_writes", gigabytes)
    for found in context.templates.resources:
        if found.stack == resource.stack and found.type == "AWS::ECS::TaskDefinition":
            for charge in fargate_charges(found, context, found):
                quantity = charge.quantity * _TASK_HOURS * 1e6
                yield replace(charge, usage_metric="million_writes", quantity=quantity)
    functions = {
        function.logical_id: function
        for token in _tokens(resource)
        if (function := function_of(resource, token, context))
    }
    for found in functions.values():
        gib = float(found.properties.get("MemorySize", 128)) / 1024
        yield context.charge(found, "requests", "lambda-requests", "million_writes")
        seconds = _FUNCTION_SECONDS * 1e6 * gib
        yield context.charge(found, "duration", "lambda-x86-gb-second", "million_writes", seconds)


def _execution_log(state_machine: Resource, context: PricingContext, states: int) -> Iterator[Charge]:
    """Price the log of all events, which also has the inputs and outputs if the template asks for them."""
    configuration = state_machine.properties.get("LoggingConfiguration", {})
    if configuration.get("Level") == "ALL":
        size = _EVENT_BYTES + (_EXECUTION_DATA_BYTES if configuration.get("IncludeExecutionData") else 0)
        gigabytes = states * _EVENTS_PER_STATE * size * 1e6 / 1e9
        yield from logs(state_machine, context, "log of the executions", "million_writes", gigabytes)


def _writes(state: Mapping[str, Any], state_machine: Resource, context: PricingContext) -> int:
    """Return how many writes a state bills: an update of an item, and of its projection in each index."""
    if not str(state.get("Resource")).endswith(":states:::dynamodb:updateItem"):
        return 0
    reference = _tokens(state_machine)[int(state["Arguments"]["TableName"].removeprefix(_PLACEHOLDER))]
    table = context.templates.follow(state_machine, reference)
    return 1 + (len(table.properties.get("GlobalSecondaryIndexes", ())) if table else _INDEXES_OF_OTHER_STACKS)


def _pieces(state_machine: Resource) -> list[Any]:
    text = state_machine.properties["DefinitionString"]
    return [text] if isinstance(text, str) else list(text["Fn::Join"][1])


def _tokens(state_machine: Resource) -> list[Any]:
    """Return the parts of a definition that only a deployment knows, such as function ARNs."""
    return [piece for piece in _pieces(state_machine) if not isinstance(piece, str)]


def _definition(state_machine: Resource) -> Mapping[str, Any]:
    """Return the definition, in which `placeholder-N` stands for part N of `_tokens`."""
    numbers = itertools.count()
    texts = (piece if isinstance(piece, str) else f"{_PLACEHOLDER}{next(numbers)}" for piece in _pieces(state_machine))
    definition: Mapping[str, Any] = json.loads("".join(texts))
    return definition


def _longest_path(definition: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the states of the longest execution without failures and repetitions."""
    states = definition["States"]
    regular = {state.get("Next") for state in states.values()}
    handlers = {caught["Next"] for state in states.values() for caught in state.get("Catch", [])} - regular

    def longest(name: str, before: tuple[str, ...]) -> tuple[str, ...]:
        state, path = states[name], (*before, name)
        after = [*(choice["Next"] for choice in state.get("Choices", [])), state.get("Default"), state.get("Next")]
        paths = [longest(follower, path) for follower in after if follower and follower not in {*handlers, *path}]
        return max(paths, key=len, default=path)

    return [states[name] for name in longest(definition["StartAt"], ())]


def pipe(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price one request per order."""
    yield context.charge(resource, "pipe", "pipes-requests", "million_writes")


def queue(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price a dead-letter queue, which is empty while no order fails."""
    yield context.charge(resource, "dead-letter queue", "sqs-requests", "million_writes", 0)


def topic(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the topic of the alarms, which is idle while no order fails."""
    yield context.charge(resource, "alarm topic", "sns-requests", "million_writes", 0)
