"""Secrets of containers: ECS decrypts parameters of the type `SecureString`."""

from __future__ import annotations

from typing import Any

from ministack.services import ecs, ssm


def decrypt_parameters() -> None:
    """MiniStack sets the encrypted value, which no service can use.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
    """
    original = ecs._resolve_container_secrets

    def resolve(container: dict[str, Any]) -> dict[str, str]:
        values: dict[str, str] = original(container)
        for secret in container.get("secrets", []):
            if ":secretsmanager:" not in secret["valueFrom"]:
                values[secret["name"]] = str(ssm.resolve_parameter_value(secret["valueFrom"], decrypt=True))
        return values

    ecs._resolve_container_secrets = resolve
