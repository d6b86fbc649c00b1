"""Secrets Manager in CloudFormation: `Ref` returns the ARN, and generated values follow `GenerateSecretString`."""

from __future__ import annotations

import json
import secrets
import string
from typing import Any

from ministack.services.cloudformation import provisioners


def return_arn_for_ref() -> None:
    """MiniStack returns the name for `Ref`, which is no valid resource in policies and environment variables."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def by_arn(created: tuple[str, dict[str, str]]) -> tuple[str, dict[str, str]]:
        return created[1]["Arn"], created[1]

    def name(physical_id: str) -> str:
        """The name inside an ARN, without the six characters that Secrets Manager appends."""
        return physical_id.split(":secret:")[-1].rsplit("-", 1)[0]

    def update_by_arn(physical_id: str, *args: Any, **kwargs: Any) -> tuple[str, dict[str, str]]:
        updated = update(name(physical_id), *args, **kwargs)
        return by_arn(updated) if "Arn" in updated[1] else (physical_id, updated[1])

    handlers["create"] = lambda *args: by_arn(create(*args))
    handlers["update"] = update_by_arn
    handlers["delete"] = lambda physical_id, props: delete(name(physical_id), props)


def honour_generate_secret_string() -> None:
    """MiniStack honours only the length and single characters, so a token would contain excluded punctuation."""
    provisioners._sm_secret_string = _secret_value


def _secret_value(props: dict[str, Any]) -> str:
    """Return the given value, or a generated one, alone or inside the given JSON.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html
    """
    options = props.get("GenerateSecretString")
    if options is None or props.get("SecretString"):
        return str(props.get("SecretString", ""))
    generated = _password(options)
    if "SecretStringTemplate" not in options:
        return generated
    return json.dumps(json.loads(options["SecretStringTemplate"]) | {options["GenerateStringKey"]: generated})


def _password(options: dict[str, Any]) -> str:
    groups = {
        "ExcludeLowercase": string.ascii_lowercase,
        "ExcludeUppercase": string.ascii_uppercase,
        "ExcludeNumbers": string.digits,
        "ExcludePunctuation": string.punctuation,
    }
    excluded = set(options.get("ExcludeCharacters", ""))
    allowed = [set(group) - excluded for option, group in groups.items() if not _is_true(options, option)]
    if _is_true(options, "IncludeSpace"):
        allowed.append({" "})
    length = int(options.get("PasswordLength", 32))
    required = [secrets.choice(sorted(group)) for group in allowed if group]
    if "RequireEachIncludedType" in options and not _is_true(options, "RequireEachIncludedType"):
        required = []
    alphabet = sorted(set().union(*allowed))
    characters = required[:length] + [secrets.choice(alphabet) for _ in range(length - len(required))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def _is_true(options: dict[str, Any], name: str) -> bool:
    """Templates write flags as booleans or as text."""
    return str(options.get(name, False)).lower() == "true"
