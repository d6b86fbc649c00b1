"""Secrets Manager in CloudFormation: `Ref` is the secret's ARN."""

from __future__ import annotations

from typing import Any

from ministack.services.cloudformation import provisioners

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine


def refer_by_arn(_config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack answers `Ref` with the name; policies and environment variables made from it then name no secret."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def by_arn(answer: tuple[str, dict[str, str]]) -> tuple[str, dict[str, str]]:
        return answer[1]["Arn"], answer[1]

    def name(physical_id: str) -> str:
        """The name inside an ARN, without the six characters Secrets Manager appends."""
        return physical_id.split(":secret:")[-1].rsplit("-", 1)[0]

    handlers["create"] = lambda *args: by_arn(create(*args))
    handlers["delete"] = lambda physical_id, props: delete(name(physical_id), props)

    def change(physical_id: str, *args: Any, **kwargs: Any) -> tuple[str, dict[str, str]]:
        answer = update(name(physical_id), *args, **kwargs)
        return by_arn(answer) if "Arn" in answer[1] else (physical_id, answer[1])

    handlers["update"] = change
