"""Secrets of a manifest as ARNs, which `ServiceSpec.secrets` takes, and what to do about those without one.

Forms in a manifest: https://aws.github.io/copilot-cli/docs/developing/secrets/ (2026-11-24)
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from copilot_import.manifest import Manifest
from copilot_import.yaml_tree import FieldPath, Node
from microservice.errors import InvalidServiceSpecError
from microservice.spec import ServiceSpec

_NAME = re.compile(r"/?[\w.-]+(/[\w.-]+)*", re.ASCII)


@dataclass(frozen=True)
class Owner:
    """The account and Region of the secrets that a manifest names without an ARN.

    Attributes:
        account: 12 digits; empty if unknown.
        region: Code of the Region; empty if unknown.
    """

    account: str = ""
    region: str = ""

    @property
    def partition(self) -> str:
        """The partition of the Region."""
        return (
            "aws-cn" if self.region.startswith("cn-") else "aws-us-gov" if self.region.startswith("us-gov-") else "aws"
        )


@dataclass(frozen=True)
class Secret:
    """One secret.

    Attributes:
        name: Name of the environment variable.
        source: Path in the manifest.
        arn: Its ARN; empty if none can be formed.
        becomes: What to write instead of an ARN.
        advice: What you have to do.
    """

    name: str
    source: FieldPath
    arn: str = ""
    becomes: str = ""
    advice: str = ""


def secrets(manifest: Manifest, owner: Owner) -> Iterator[Secret]:
    """Yield the secrets of a manifest."""
    for name, node in manifest.section("secrets").items():
        yield _secret(("secrets", name), name, node, owner)


def _secret(source: FieldPath, name: str, node: Node, owner: Owner) -> Secret:
    if node.is_map and (export := node.fields.get("from_cfn")) is not None:
        value = f'{{"{name}": cdk.Fn.import_value("{export}")}}'
        return Secret(
            name, source, "", f"dataclasses.replace(spec, secrets={value})", "in the stack, with the other ones"
        )
    if node.is_map and (secret := node.fields.get("secretsmanager")) is not None:
        return _of_secrets_manager(source, name, str(secret))
    text = str(node)
    if text.startswith("arn:") and ":secretsmanager:" in text:
        return _of_secrets_manager(source, name, text)
    if text.startswith("arn:"):
        return _checked(Secret(name, source, text))
    if not _NAME.fullmatch(text):
        return Secret(name, source, "", f"secrets[{name!r}]", "it needs the name of an SSM parameter, or an ARN")
    if not (owner.account and owner.region):
        return Secret(
            name,
            source,
            "",
            f"secrets[{name!r}]",
            f"the ARN of the SSM parameter {text}: pass --account and --region of Copilot's environment",
        )
    arn = f"arn:{owner.partition}:ssm:{owner.region}:{owner.account}:parameter/{text.removeprefix('/')}"
    return _checked(Secret(name, source, arn))


def _of_secrets_manager(source: FieldPath, name: str, text: str) -> Secret:
    if text.startswith("arn:"):
        parts = text.split(":")
        # arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME, then key, version stage and version ID.
        rest = parts[7:]
        full = ":".join([*parts[:7], *([*rest, "", "", ""][:3] if any(rest) else [])])
        return _checked(Secret(name, source, full))
    secret, _, key = text.partition(":")
    shown = f":{key.partition(':')[0]}::" if key.strip(":") else ""
    return Secret(
        name,
        source,
        "",
        f"secrets[{name!r}]",
        f"the ARN that `aws secretsmanager describe-secret --secret-id {secret} --query ARN` prints: it ends in six "
        "random characters" + (f"; append {shown} for the key" if shown else ""),
    )


def _checked(secret: Secret) -> Secret:
    """The secret without its ARN if the spec rejects it."""
    try:
        ServiceSpec(name="any", secrets={secret.name: secret.arn})
    except InvalidServiceSpecError:
        advice = f"correct {secret.arn}: the spec takes full ARNs, those of secrets with six random characters"
        return Secret(secret.name, secret.source, "", f"secrets[{secret.name!r}]", advice)
    return secret
