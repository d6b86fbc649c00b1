"""ECS task definitions from CloudFormation: every field, in the shape of the ECS API."""

from __future__ import annotations

from typing import Any

from ministack.services import ecs
from ministack.services.cloudformation import provisioners

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine

# Their keys are data, not names of fields.
_MAPS = ("DockerLabels", "Options")


def keep_every_field(_config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack keeps nested fields (secrets, health check) in CloudFormation's spelling, which ECS ignores."""
    original = provisioners._ecs_task_def_create

    def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        arn, attributes = original(logical_id, props, stack_name)
        definition = ecs._task_defs[arn.rsplit("/", 1)[1]]
        definition["containerDefinitions"] = _camel(props.get("ContainerDefinitions", []))
        for field in ("RuntimePlatform", "Volumes", "EphemeralStorage"):
            if field in props:
                definition[field[0].lower() + field[1:]] = _camel(props[field])
        return arn, attributes

    provisioners._ecs_task_def_create = create
    provisioners._RESOURCE_HANDLERS["AWS::ECS::TaskDefinition"]["create"] = create


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: item if key in _MAPS else _camel(item) for key, item in value.items()}
    return [_camel(item) for item in value] if isinstance(value, list) else value
