"""CloudFormation: types MiniStack does not know, who owns what, and answers that come when the stack is done."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, provisioners, stacks

from local_aws.emulator.accepted import ACCEPTED, Accepted
from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine

OWNERS: dict[str, str] = {}
"""Physical id -> name of the stack that made it."""

# The longest a call is held back; the CLI then goes on polling.
_PATIENCE_S = 60.0


def accept_types(_config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack refuses a whole template for one type it does not know."""
    for resource_type, accepted in ACCEPTED.items():
        provisioners._RESOURCE_HANDLERS.setdefault(
            resource_type,
            {"create": _creator(accepted), "delete": lambda _id, _props: None, "update": _updater(accepted)},
        )


def accept_metric_math(_config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack refuses alarms over expressions; no alarm is looked at here, so accepting one loses nothing."""
    alarm = provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::Alarm"]
    accepted = {name: alarm[name] for name in ("create", "update", "delete")}
    looks = ACCEPTED["AWS::CloudWatch::CompositeAlarm"]

    def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        if "Metrics" in props:
            return _looks_like(looks, f"{stack_name}-{logical_id}")
        return accepted["create"](logical_id, props, stack_name)

    def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        if "Metrics" in new:
            return _looks_like(looks, physical_id)
        return accepted["update"](physical_id, old, new, *args, **kwargs)

    def delete(physical_id: str, props: dict[str, Any]) -> None:
        if "Metrics" not in props:
            accepted["delete"](physical_id, props)

    alarm.update(create=create, update=update, delete=delete)


def _creator(accepted: Accepted) -> Callable[..., tuple[str, dict[str, str]]]:
    return lambda *_args: _looks_like(accepted, accepted.prefix + uuid.uuid4().hex[:12])


def _updater(accepted: Accepted) -> Callable[..., tuple[str, dict[str, str]]]:
    return lambda physical_id, *_args, **_kwargs: _looks_like(accepted, physical_id)


def _looks_like(accepted: Accepted, physical_id: str) -> tuple[str, dict[str, str]]:
    return physical_id, {name: value.format(id=physical_id) for name, value in accepted.attributes}


def remember_owners(_config: EmulatorConfig, _engine: Engine) -> None:
    """Containers are labelled with the stack they belong to, so that facts about a stack can be asked of the engine."""
    provision_resource, update_resource = stacks._provision_resource, stacks._update_resource

    def provision(resource_type: str, logical_id: str, props: Any, stack_name: str) -> Any:
        created = provision_resource(resource_type, logical_id, props, stack_name)
        OWNERS[created[0]] = stack_name
        return created

    def update(resource_type: str, physical_id: str, old: Any, new: Any, stack_name: str, *args: Any) -> Any:
        """An update may make another resource, such as a task definition's next revision."""
        updated = update_resource(resource_type, physical_id, old, new, stack_name, *args)
        OWNERS[updated[0]] = stack_name
        return updated

    stacks._provision_resource = provision
    stacks._update_resource = update


def answer_when_done(_config: EmulatorConfig, _engine: Engine) -> None:
    """The CDK CLI asks every five seconds whether a stack is done; an answer that comes then saves the wait."""
    started: list[asyncio.Task[Any]] = []

    def create_task(coroutine: Any, stack: Any, stack_id: str | None = None) -> None:
        with stacks._stack_region_context(stack, stack_id):
            started.append(asyncio.get_event_loop().create_task(coroutine))

    original: Callable[..., Awaitable[Any]] = cloudformation.handle_request

    async def handle(*args: Any) -> Any:
        before = len(started)
        response = await original(*args)
        mine = started[before:]
        if mine:
            await asyncio.wait(mine, timeout=_PATIENCE_S)
        return response

    handlers._create_stack_task_in_region = create_task
    changesets._create_stack_task_in_region = create_task
    cloudformation.handle_request = handle
