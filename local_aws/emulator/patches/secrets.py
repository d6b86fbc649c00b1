"""Secrets Manager in CloudFormation: `Ref` is the secret's ARN, and a generated value looks as the template says."""

from __future__ import annotations

import json
import secrets
import string
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


def generate_as_told(_config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack heeds only length and single characters: a token without punctuation would come with it."""
    provisioners._sm_secret_string = _value


def _value(props: dict[str, Any]) -> str:
    """The secret's text: the one given, or a generated one, alone or inside the given JSON.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html
    """
    told = props.get("GenerateSecretString")
    if told is None or props.get("SecretString"):
        return str(props.get("SecretString", ""))
    generated = _password(told)
    if "SecretStringTemplate" not in told:
        return generated
    return json.dumps(json.loads(told["SecretStringTemplate"]) | {told["GenerateStringKey"]: generated})


def _password(told: dict[str, Any]) -> str:
    kinds = {
        "ExcludeLowercase": string.ascii_lowercase,
        "ExcludeUppercase": string.ascii_uppercase,
        "ExcludeNumbers": string.digits,
        "ExcludePunctuation": string.punctuation,
    }
    allowed = [
        set(kind) - set(told.get("ExcludeCharacters", "")) for name, kind in kinds.items() if not _is(told, name)
    ]
    if _is(told, "IncludeSpace"):
        allowed.append({" "})
    length = int(told.get("PasswordLength", 32))
    required = [secrets.choice(sorted(kind)) for kind in allowed if kind]
    if "RequireEachIncludedType" in told and not _is(told, "RequireEachIncludedType"):
        required = []
    everything = sorted(set().union(*allowed))
    characters = required[:length] + [secrets.choice(everything) for _ in range(length - len(required))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def _is(told: dict[str, Any], name: str) -> bool:
    """Whether a flag is set; templates write it as a boolean or as text."""
    return str(told.get(name, False)).lower() == "true"
