"""CloudFormation: more resource types, the stack behind each resource, and responses when a stack is complete."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, provisioners, stacks

from local_aws.emulator.kept_mappings import keep
from local_aws.emulator.no_op_resources import NOOP_RESOURCES, NoOpResource

Created = tuple[str, dict[str, str]]
"""Physical ID (`Ref`) and attributes (`Fn::GetAtt`) of a resource."""

STACKS: dict[str, str] = keep("stacks", {})
"""Physical ID -> name of the stack that created the resource."""

LOGICAL_IDS: dict[str, str] = keep("logical-ids", {})
"""Physical ID -> logical ID of the resource in that stack."""

# The longest that a call is held back; the CDK CLI then continues to poll.
_TIMEOUT_S = 60.0


def add_resource_type(
    resource_type: str,
    create: Callable[[str, dict[str, Any], str], Created],
    update: Callable[[str, Any, dict[str, Any], str, str], Created],
    delete: Callable[[str, dict[str, Any]], object] = lambda _physical_id, _props: None,
) -> None:
    """Let templates contain a resource type that MiniStack does not know, or does nothing for.

    Args:
        resource_type: the type, such as "AWS::AppRunner::Service".
        create: logical ID, properties, stack name -> the resource.
        update: physical ID, old properties, new properties, stack name, logical ID -> the resource.
        delete: physical ID, properties. Default: nothing to delete.
    """
    provisioners._RESOURCE_HANDLERS[resource_type] = {
        "create": create,
        "update": update,
        "update_with_logical_id": True,
        "delete": delete,
    }


def add_replaced_type(
    resource_type: str,
    create: Callable[[dict[str, Any], str], Created],
    delete: Callable[[str, dict[str, Any]], object] = lambda _physical_id, _props: None,
) -> None:
    """`add_resource_type` for a type that an update creates again; `create` takes properties and stack name."""
    add_resource_type(
        resource_type,
        lambda _logical_id, props, stack: create(props, stack),
        lambda _physical_id, _old, new, stack, _logical_id: create(new, stack),
        delete,
    )


def run_on_worker_thread(resource_type: str) -> None:
    """Provision a type on a thread of its own: waiting must not block the event loop that serves the tasks."""
    original = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda wanted: wanted == resource_type or original(wanted)


def accept_no_op_types() -> None:
    """MiniStack rejects the whole template for one type that it does not know."""
    for resource_type, no_op in NOOP_RESOURCES.items():
        if resource_type not in provisioners._RESOURCE_HANDLERS:
            add_resource_type(resource_type, _create(no_op), _update(no_op))


def _create(no_op: NoOpResource) -> Callable[..., Created]:
    return lambda *_: no_op.created(no_op.prefix + uuid.uuid4().hex[:12])


def _update(no_op: NoOpResource) -> Callable[..., Created]:
    return lambda physical_id, *_: no_op.created(physical_id)


def accept_metric_math() -> None:
    """MiniStack rejects alarms on metric math; it evaluates no alarm, so a no-op loses nothing."""
    alarm = provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::Alarm"]
    original = {name: alarm[name] for name in ("create", "update", "delete")}
    no_op = NOOP_RESOURCES["AWS::CloudWatch::CompositeAlarm"]

    def create(logical_id: str, props: dict[str, Any], stack: str) -> Any:
        if "Metrics" in props:
            return no_op.created(f"{stack}-{logical_id}")
        return original["create"](logical_id, props, stack)

    def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        if "Metrics" in new:
            return no_op.created(physical_id)
        return original["update"](physical_id, old, new, *args, **kwargs)

    def delete(physical_id: str, props: dict[str, Any]) -> None:
        if "Metrics" not in props:
            original["delete"](physical_id, props)

    alarm.update(create=create, update=update, delete=delete)


def record_stacks() -> None:
    """Record which stack and logical ID created a resource: the labels of containers tell the engine."""
    provision_resource, update_resource = stacks._provision_resource, stacks._update_resource

    def provision(resource_type: str, logical_id: str, props: Any, stack: str) -> Any:
        created = provision_resource(resource_type, logical_id, props, stack)
        STACKS[created[0]], LOGICAL_IDS[created[0]] = stack, logical_id
        return created

    def update(
        resource_type: str, physical_id: str, old: Any, new: Any, stack: str, logical_id: str, *args: Any
    ) -> Any:
        """An update may create another resource, such as the next revision of a task definition."""
        updated = update_resource(resource_type, physical_id, old, new, stack, logical_id, *args)
        STACKS[updated[0]], LOGICAL_IDS[updated[0]] = stack, logical_id
        return updated

    stacks._provision_resource = provision
    stacks._update_resource = update


def respond_when_complete() -> None:
    """Hold back the response until the stack is complete: the CDK CLI polls only every five seconds."""
    started: list[asyncio.Task[Any]] = []

    def create_task(coroutine: Any, stack: Any, stack_id: str | None = None) -> None:
        with stacks._stack_region_context(stack, stack_id):
            started.append(asyncio.get_event_loop().create_task(coroutine))

    original: Callable[..., Awaitable[Any]] = cloudformation.handle_request

    async def handle(*args: Any) -> Any:
        before = len(started)
        response = await original(*args)
        if own := started[before:]:
            await asyncio.wait(own, timeout=_TIMEOUT_S)
        return response

    handlers._create_stack_task_in_region = create_task
    changesets._create_stack_task_in_region = create_task
    cloudformation.handle_request = handle
