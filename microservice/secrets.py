"""The secrets of a spec: their ARNs, and the permission to read them."""

import re
from collections.abc import Mapping

from aws_cdk import aws_iam as iam

from .spec import ServiceSpec

# The key of a JSON secret, its version stage and its version ID follow the ARN.
_KEY = re.compile(r":[^:]*:[^:]*:[^:]*$")


def secret_arn(value: str) -> str:
    """Return the ARN of a secret or parameter without the key of a JSON secret.

    Args:
        value: A value of `ServiceSpec.secrets`; it may contain CDK tokens.
    """
    if is_parameter(value):
        return value
    # A token has no colon outside of its braces; a literal ARN of a secret has six.
    head, _, key = value.rpartition("}") if "}" in value else ("", "", value)
    if head:
        return f"{head}}}{_KEY.sub('', key)}"
    return _KEY.sub("", value) if value.count(":") > 6 else value


def is_parameter(value: str) -> bool:
    """Return whether an ARN is that of an SSM parameter; a token alone is that of a secret."""
    return ":ssm:" in value


def grant_read_secrets(role: iam.IGrantable, spec: ServiceSpec, *, parameter_action: str = "ssm:GetParameters") -> None:
    """Allow a role to read the secrets of a spec, and nothing else.

    A key of your own in KMS needs `kms:Decrypt`: grant it in your stack.

    Args:
        role: The role with which the platform reads the values.
        spec: The service.
        parameter_action: Action that reads parameters. Default: `ssm:GetParameters`.
    """
    arns = sorted({secret_arn(value) for value in spec.secrets.values()})
    for action, found in _by_action(arns, parameter_action).items():
        if found:
            statement = iam.PolicyStatement(actions=[action], resources=found)
            role.grant_principal.add_to_principal_policy(statement)


def _by_action(arns: list[str], parameter_action: str) -> Mapping[str, list[str]]:
    return {
        "secretsmanager:GetSecretValue": [arn for arn in arns if not is_parameter(arn)],
        parameter_action: [arn for arn in arns if is_parameter(arn)],
    }
