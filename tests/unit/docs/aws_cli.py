"""Check `aws` commands against the service models that the AWS CLI is generated from."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jmespath
from botocore import xform_name
from botocore.model import OperationModel, Shape
from botocore.session import Session

GLOBAL_FLAGS = {"--query", "--output", "--region", "--profile"}
PAGINATION_FLAGS = {"--max-items", "--page-size", "--starting-token"}
SERVICE_ALIASES = {"deploy": "codedeploy"}
# Customizations of the AWS CLI that the pages use -> their flags.
CUSTOMIZATIONS = {
    ("logs", "tail"): {"--follow", "--since", "--format", "--filter-pattern"},
    ("eks", "update-kubeconfig"): {"--name", "--alias", "--role-arn"},
}


def errors(words: list[str]) -> Iterator[str]:
    """Yield what the AWS CLI would reject in `SERVICE OPERATION --flag value …`."""
    service, operation, *rest = words
    if (service, operation) in CUSTOMIZATIONS:
        known = CUSTOMIZATIONS[service, operation] | GLOBAL_FLAGS
        yield from (
            f"{flag} is not one of {sorted(known)}" for flag in rest if flag.startswith("--") and flag not in known
        )
        return
    model = _operation(SERVICE_ALIASES.get(service, service), operation)
    if model is None:
        yield f"the AWS CLI has no `{service} {operation}`"
        return
    arguments = _arguments(rest)
    yield from _argument_errors(model, arguments)
    if "--query" in arguments:
        yield from _query_errors(arguments["--query"][0], model.output_shape)


@cache
def _services() -> Any:
    session = Session()
    return session, set(session.get_available_services())


@cache
def _operation(service: str, operation: str) -> OperationModel | None:
    session, services = _services()
    if service not in services:
        return None
    model = session.get_service_model(service)
    names = {xform_name(found, "-"): found for found in model.operation_names}
    return model.operation_model(names[operation]) if operation in names else None


def _arguments(words: list[str]) -> dict[str, list[str]]:
    arguments: dict[str, list[str]] = {}
    flag = "a positional argument"
    for word in words:
        if word.startswith("--"):
            flag = word
            arguments[flag] = []
        else:
            arguments.setdefault(flag, []).append(word)
    return arguments


def _argument_errors(model: OperationModel, arguments: dict[str, list[str]]) -> Iterator[str]:
    shape = model.input_shape
    named = shape.members if shape else {}
    members: dict[str, Shape] = {f"--{xform_name(name, '-')}": member for name, member in named.items()}
    members |= {f"--no-{flag[2:]}": member for flag, member in members.items() if member.type_name == "boolean"}
    for flag, values in arguments.items():
        if flag in members:
            yield from _value_errors(flag, values, members[flag])
        elif flag not in GLOBAL_FLAGS | PAGINATION_FLAGS:
            yield f"{flag} is not one of {sorted(members)}"
    required = {f"--{xform_name(name, '-')}" for name in (shape.required_members if shape else [])}
    yield from (
        f"{flag} is missing"
        for flag in sorted(required - set(arguments))
        if not members[flag].metadata.get("idempotencyToken")
    )


def _value_errors(flag: str, values: list[str], shape: Shape) -> Iterator[str]:
    if (shape.type_name == "boolean") == bool(values):
        yield f"{flag} has {len(values)} values and is a {shape.type_name}"
    if shape.type_name != "list" and len(values) > 1:
        yield f"{flag} takes one value, not {values}"
    element = shape.member if shape.type_name == "list" else shape
    for value in values:
        if getattr(element, "enum", None) and value not in element.enum:
            yield f"{flag} is {value!r}, not one of {element.enum}"
        if element.type_name == "structure" and not value.startswith("file://"):
            keys = re.findall(r"(?:^|,)(\w+)=", value)
            yield from (
                f"{flag}: {key} is not one of {list(element.members)}" for key in keys if key not in element.members
            )


def _query_errors(query: str, shape: Shape) -> Iterator[str]:
    """Yield names that the output does not contain."""
    known = set(_names(shape, frozenset()))
    yield from (
        f"--query: the output has no {name}" for name in _fields(jmespath.compile(query).parsed) if name not in known
    )


def _fields(node: dict[str, Any]) -> Iterator[str]:
    if node["type"] == "field":
        yield node["value"]
    # The children of a slice are numbers.
    yield from (found for child in node["children"] if isinstance(child, dict) for found in _fields(child))


def _names(shape: Shape, parents: frozenset[str]) -> Iterator[str]:
    if shape.name in parents:
        return
    nested = parents | {shape.name}
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield name
            yield from _names(member, nested)
    elif shape.type_name == "list":
        yield from _names(shape.member, nested)
    elif shape.type_name == "map":
        yield from _names(shape.value, nested)
