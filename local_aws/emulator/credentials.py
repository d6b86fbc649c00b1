"""Temporary credentials of an IAM role as environment variables, as Fargate and Lambda provide them."""

from __future__ import annotations

import secrets

from ministack.services import sts

from local_aws.emulator.config import EmulatorConfig


def role_environment(config: EmulatorConfig, role_arn: str, session: str) -> dict[str, str]:
    """Environment variables for AWS SDKs: endpoint, Region, and credentials of a new session of the role, if any."""
    environment = {
        "AWS_ENDPOINT_URL": config.container_endpoint,
        "AWS_REGION": config.region,
        "AWS_DEFAULT_REGION": config.region,
    }
    return environment | (_assume_role(role_arn, session) if role_arn else {})


def _assume_role(role_arn: str, session: str) -> dict[str, str]:
    key, secret, token = f"ASIA{secrets.token_hex(8).upper()}", secrets.token_hex(20), secrets.token_hex(32)
    account, role = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    sts.register_session(
        key,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session[:64]}",
            "UserId": f"{role}:{session[:64]}",
            "SecretAccessKey": secret,
            "SessionToken": token,
        },
    )
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}
