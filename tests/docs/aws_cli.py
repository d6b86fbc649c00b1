"""Whether the AWS CLI would take a command, by the service models that it is made of."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jmespath
from botocore import xform_name
from botocore.model import OperationModel, Shape
from botocore.session import Session

GLOBAL = {"--query", "--output", "--region", "--profile"}
PAGING = {"--max-items", "--page-size", "--starting-token"}
RENAMED = {"deploy": "codedeploy"}
# What the CLI adds to the services' own operations, as far as the pages use it -> its flags.
ADDED = {
    ("logs", "tail"): {"--follow", "--since", "--format", "--filter-pattern"},
    ("eks", "update-kubeconfig"): {"--name", "--alias", "--role-arn"},
}


def faults(words: list[str]) -> Iterator[str]:
    """What the CLI would refuse in `aws SERVICE OPERATION --flag value …`."""
    service, operation, *rest = words
    if (service, operation) in ADDED:
        known = ADDED[service, operation] | GLOBAL
        yield from (
            f"{flag} is none of {sorted(known)}" for flag in rest if flag.startswith("--") and flag not in known
        )
        return
    model = _operation(RENAMED.get(service, service), operation)
    if model is None:
        yield f"the AWS CLI has no `{service} {operation}`"
        return
    given = _arguments(rest)
    yield from _refused(model, given)
    if "--query" in given:
        yield from _query_faults(given["--query"][0], model.output_shape)


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
    given: dict[str, list[str]] = {}
    flag = "a positional argument"
    for word in words:
        if word.startswith("--"):
            flag = word
            given[flag] = []
        else:
            given.setdefault(flag, []).append(word)
    return given


def _refused(model: OperationModel, given: dict[str, list[str]]) -> Iterator[str]:
    shape = model.input_shape
    named = shape.members if shape else {}
    members: dict[str, Shape] = {f"--{xform_name(name, '-')}": member for name, member in named.items()}
    members |= {f"--no-{flag[2:]}": member for flag, member in members.items() if member.type_name == "boolean"}
    for flag, values in given.items():
        if flag in members:
            yield from _value_faults(flag, values, members[flag])
        elif flag not in GLOBAL | PAGING:
            yield f"{flag} is none of {sorted(members)}"
    needed = {f"--{xform_name(name, '-')}" for name in (shape.required_members if shape else [])}
    yield from (
        f"{flag} is missing"
        for flag in sorted(needed - set(given))
        if not members[flag].metadata.get("idempotencyToken")
    )


def _value_faults(flag: str, values: list[str], shape: Shape) -> Iterator[str]:
    if (shape.type_name == "boolean") == bool(values):
        yield f"{flag} has {len(values)} values and is a {shape.type_name}"
    if shape.type_name != "list" and len(values) > 1:
        yield f"{flag} takes one value, not {values}"
    element = shape.member if shape.type_name == "list" else shape
    for value in values:
        if getattr(element, "enum", None) and value not in element.enum:
            yield f"{flag} is {value!r}, none of {element.enum}"
        if element.type_name == "structure" and not value.startswith("file://"):
            keys = re.findall(r"(?:^|,)(\w+)=", value)
            yield from (
                f"{flag}: {key} is none of {list(element.members)}" for key in keys if key not in element.members
            )


def _query_faults(query: str, shape: Shape) -> Iterator[str]:
    """Names that stand nowhere in the answer."""
    known = set(_names(shape, frozenset()))
    yield from (
        f"--query: {name} stands nowhere in the answer"
        for name in _fields(jmespath.compile(query).parsed)
        if name not in known
    )


def _fields(node: dict[str, Any]) -> Iterator[str]:
    if node["type"] == "field":
        yield node["value"]
    # A slice has numbers for children.
    yield from (found for child in node["children"] if isinstance(child, dict) for found in _fields(child))


def _names(shape: Shape, above: frozenset[str]) -> Iterator[str]:
    if shape.name in above:
        return
    inside = above | {shape.name}
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield name
            yield from _names(member, inside)
    elif shape.type_name == "list":
        yield from _names(shape.member, inside)
    elif shape.type_name == "map":
        yield from _names(shape.value, inside)
