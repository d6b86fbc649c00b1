"""The policy documents of templates: of roles and of resources, also those that are text."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.conftest import Template

Templates = Mapping[str, Template]
# CloudFormation type -> form of its ARN. `Ref` of the types in _REF_IS_ARN is the ARN as well.
_ARNS = {
    "AWS::DynamoDB::Table": "arn:*:dynamodb:*:*:table/*",
    "AWS::ECR::Repository": "arn:*:ecr:*:*:repository/*",
    "AWS::ECS::Cluster": "arn:*:ecs:*:*:cluster/*",
    "AWS::ECS::TaskDefinition": "arn:*:ecs:*:*:task-definition/*:*",
    "AWS::EFS::AccessPoint": "arn:*:elasticfilesystem:*:*:access-point/*",
    "AWS::EFS::FileSystem": "arn:*:elasticfilesystem:*:*:file-system/*",
    "AWS::EKS::Cluster": "arn:*:eks:*:*:cluster/*",
    "AWS::IAM::Role": "arn:*:iam::*:role/*",
    "AWS::Lambda::Function": "arn:*:lambda:*:*:function:*",
    "AWS::Logs::LogGroup": "arn:*:logs:*:*:log-group:*:*",
    "AWS::SecretsManager::Secret": "arn:*:secretsmanager:*:*:secret:*",
    "AWS::SQS::Queue": "arn:*:sqs:*:*:*",
    "AWS::StepFunctions::StateMachine": "arn:*:states:*:*:stateMachine:*",
}
_STREAM = "arn:*:dynamodb:*:*:table/*/stream/*"
_REF_IS_ARN = {"AWS::ECS::TaskDefinition", "AWS::SecretsManager::Secret", "AWS::StepFunctions::StateMachine"}


class UnknownArnError(Exception):
    """The form of an ARN that a policy refers to is not in the list above."""


@dataclass(frozen=True)
class Document:
    """One policy document.

    Attributes:
        stack: name of the stack.
        logical_id: logical id of the resource that has it.
        property: path of the property, such as `PolicyDocument`.
        statements: its statements; values in text are plain strings with `*` for what is known at deployment only.
    """

    stack: str
    logical_id: str
    property: str
    statements: tuple[dict[str, Any], ...]

    def __str__(self) -> str:
        return f"{self.stack}: {self.logical_id}: {self.property}"


def documents(templates: Templates) -> Iterator[Document]:
    """Yield every policy document, wherever it is."""
    for stack, template in templates.items():
        for logical_id, resource in template.get("Resources", {}).items():
            for path, found in _documents(resource.get("Properties", {}), ()):
                statements = found["Statement"]
                listed = statements if isinstance(statements, list) else [statements]
                yield Document(stack, logical_id, ".".join(path), tuple(listed))


def values(found: Any) -> list[Any]:
    """Return a list, or the one value as a list."""
    return found if isinstance(found, list) else [] if found is None else [found]


def text(value: Any, stack: str, templates: Templates) -> str:
    """Return an ARN or name with `*` for each part that is known at deployment only.

    Raises:
        UnknownArnError: it refers to a resource whose type is missing in the list of ARNs.
    """
    if not isinstance(value, dict):
        return str(value)
    [(function, arguments)] = value.items()
    if function == "Fn::Join":
        return "".join(text(part, stack, templates) for part in arguments[1])
    if function == "Fn::GetAtt":
        name, attribute = arguments if isinstance(arguments, list) else arguments.split(".", 1)
        return _attribute(_type(name, stack, templates), attribute)
    if function == "Ref":
        kind = _type(arguments, stack, templates)
        return _ARNS[kind] if kind in _REF_IS_ARN else "*"
    if function == "Fn::ImportValue" and isinstance(arguments, str):
        return _exported(arguments, templates)
    return "*"


def _attribute(kind: str, attribute: str) -> str:
    if attribute == "StreamArn":
        return _STREAM
    if not attribute.endswith("Arn"):
        return "*"
    if kind not in _ARNS:
        raise UnknownArnError(f"no ARN of {kind} is known: add it to _ARNS in {__name__}")
    return _ARNS[kind]


def _type(name: str, stack: str, templates: Templates) -> str:
    return str(templates[stack].get("Resources", {}).get(name, {}).get("Type", ""))


def _exported(name: str, templates: Templates) -> str:
    for stack, template in templates.items():
        for output in template.get("Outputs", {}).values():
            if output.get("Export", {}).get("Name") == name:
                return text(output["Value"], stack, templates)
    raise UnknownArnError(f"no stack exports {name}")


def _documents(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if isinstance(value, dict) and _is_document(value):
        yield path, value
    elif isinstance(value, dict):
        if (parsed := _parsed(value)) is not None:
            yield path, parsed
            return
        for name, inner in value.items():
            yield from _documents(inner, (*path, name))
    elif isinstance(value, list):
        for inner in value:
            yield from _documents(inner, path)
    elif isinstance(value, str) and (parsed := _parsed(value)) is not None:
        yield path, parsed


def _is_document(value: Any) -> bool:
    statements = values(value.get("Statement")) if isinstance(value, dict) else []
    return bool(statements) and all(isinstance(found, dict) and "Effect" in found for found in statements)


def _parsed(value: Any) -> dict[str, Any] | None:
    """Return the document in a text, or in the text that a function makes; other values are None."""
    match value:
        case str():
            made = value
        case {"Fn::Sub": str(found)} | {"Fn::Sub": [str(found), *_]}:
            made = found
        case {"Fn::Join": [str(separator), list(parts)]}:
            made = separator.join(part if isinstance(part, str) else "*" for part in parts)
        case _:
            return None
    if '"Statement"' not in made:
        return None
    document: dict[str, Any] = json.loads(made)
    return document if _is_document(document) else None
