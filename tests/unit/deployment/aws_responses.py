"""Accounts of tests: moto, or responses that botocore validates against the models of AWS's services.

No response was recorded: each is invented from the service's model.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from deployment.assembly import Assembly, Stack
from deployment.preflight.account import Account, DeployedStack
from deployment.preflight.plan import Plan
from deployment.template import Template

REGION = "us-east-1"
ACCOUNT_ID = "123456789012"
IDENTITY = ("get_caller_identity", {"Account": ACCOUNT_ID, "Arn": f"arn:aws:iam::{ACCOUNT_ID}:user/ann"})
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
Response = tuple[str, Mapping[str, Any]]


def error(operation: str, code: str, message: str = "") -> Response:
    """An error response of an operation."""
    return operation, {"Error": {"Code": code, "Message": message}}


def stub(service: str, *responses: Response) -> Any:
    """A client that returns these responses, in this order; any other call fails."""
    client = boto3.client(service, region_name=REGION, **KEYS)  # type: ignore[call-overload]
    stubber = Stubber(client)
    for operation, response in responses:
        if "Error" in response:
            found = response["Error"]
            stubber.add_client_error(operation, found["Code"], found["Message"])
        else:
            stubber.add_response(operation, dict(response))
    stubber.activate()
    return client


def account(stacks: Mapping[str, DeployedStack] | None = None, **services: Any) -> Account:
    """An account with these stacks, and clients by the name of the service (`_` for `-`)."""
    clients = {name.rstrip("_").replace("_", "-"): client for name, client in services.items()}
    clients.setdefault("sts", stub("sts", IDENTITY))
    found = StacksOfTest(clients.__getitem__, REGION)
    found.stacks = dict(stacks or {})
    return found


class StacksOfTest(Account):
    """An account whose stacks are given."""

    stacks: Mapping[str, DeployedStack]

    def stack(self, name: str) -> DeployedStack | None:
        return self.stacks.get(name)


def moto_account(called: Callable[[str, str], object] = lambda _service, _operation: None) -> Account:
    """An account of moto; an operation that moto lacks is rejected, as an endpoint would do.

    Args:
        called: Receives the service and the operation of each call. Default: nothing happens.
    """

    def client(service: str) -> Any:
        found = boto3.client(service, region_name=REGION)  # type: ignore[call-overload]
        # In every call: what a test calls by itself is recorded as well.
        found.meta.events.register("before-call.*.*", lambda model, **_: called(service, model.name))
        return Moto(found)

    return Account(client, REGION)


class Moto:
    """A client of moto."""

    def __init__(self, wrapped: Any) -> None:
        self._wrapped = wrapped

    def __getattr__(self, operation: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            with _rejected(operation):
                found = getattr(self._wrapped, operation)(*arguments, **named)
            return Moto(found) if operation == "get_paginator" else found

        return self._pages if operation == "paginate" else call

    def _pages(self, **named: Any) -> Iterator[Any]:
        with _rejected("paginate"):
            yield from self._wrapped.paginate(**named)


@contextmanager
def _rejected(operation: str) -> Iterator[None]:
    try:
        yield
    except NotImplementedError as reason:
        raise ClientError({"Error": {"Code": "NotImplemented", "Message": str(reason)}}, operation) from reason


def plan_of(templates: Mapping[str, Mapping[str, Any]], *selected: str, **changes: Any) -> Plan:
    """A plan of stacks with these resources: stack -> logical ID -> resource, or a whole template."""
    contents = {
        name: content if "Resources" in content else {"Resources": content} for name, content in templates.items()
    }
    return Plan(
        selected=selected,
        stacks=tuple(
            Stack(name=name, template=Path(name), resources=len(content["Resources"]), depends_on=())
            for name, content in contents.items()
        ),
        templates={name: Template.parse(name, content) for name, content in contents.items()},
        **changes,
    )


def write_assembly(path: Path, stacks: Mapping[str, Mapping[str, Any]], *, version: int = 6) -> Assembly:
    """Write a cloud assembly: stack -> template; each stack depends on those before it."""
    names = list(stacks)
    for name, template in stacks.items():
        (path / f"{name}.template.json").write_text(json.dumps(template))
    artifacts = {
        name: {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/unknown-region",
            "properties": {
                "templateFile": f"{name}.template.json",
                "requiresBootstrapStackVersion": version,
                "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version",
            },
            "dependencies": names[:position],
        }
        for position, name in enumerate(names)
    }
    (path / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": artifacts}))
    return Assembly.load(path)
