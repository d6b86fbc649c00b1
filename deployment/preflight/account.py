"""The account and Region that a deployment goes to, read with boto3; nothing here changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from deployment.preflight.plan import Plan
from deployment.template import Resource

# What a call may raise: AWS rejects it, cannot be reached, or another endpoint responds in another form.
AWS_ERRORS = (BotoCoreError, ClientError, ResponseParserError)
_MAX_REASON = 120
_ACCESS_DENIED = ("AccessDenied", "Unauthorized", "AuthorizationError", "NotAuthorized")


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The caller.

    Attributes:
        account: account ID.
        arn: ARN of the caller.
    """

    account: str
    arn: str

    @property
    def partition(self) -> str:
        """Partition, such as "aws"."""
        return self.arn.split(":")[1]


@dataclass(frozen=True, kw_only=True)
class DeployedStack:
    """A stack that exists in the account.

    Attributes:
        name: the stack's name.
        status: its status, such as "UPDATE_COMPLETE".
        parameters: parameter -> value.
        resources: logical ID -> physical ID.
        tags: tag -> value.
    """

    name: str
    status: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


class Account:
    """An account and Region; each fact is read once.

    Args:
        client: Returns a boto3 client by the name of its service, such as `Environment.client`.
        region: The Region; "" if none is set.
    """

    def __init__(self, client: Callable[[str], Any], region: str) -> None:
        self.region = region
        self._new_client = client
        self._clients: dict[str, Any] = {}
        self._stacks: dict[str, DeployedStack | None] = {}

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service."""
        if service not in self._clients:
            self._clients[service] = self._new_client(service)
        return self._clients[service]

    @cached_property
    def identity(self) -> Identity:
        """The caller.

        Raises:
            ClientError: the credentials are not valid.
        """
        caller = self.client("sts").get_caller_identity()
        return Identity(account=caller["Account"], arn=caller["Arn"])

    def pages(self, service: str, operation: str, key: str, **arguments: Any) -> Iterator[Any]:
        """Yield the items under a key on all pages of an operation."""
        for page in self.client(service).get_paginator(operation).paginate(**arguments):
            yield from page.get(key, ())

    def stack(self, name: str) -> DeployedStack | None:
        """Return a stack of the account; None if it does not exist."""
        if name not in self._stacks:
            self._stacks[name] = self._read_stack(name)
        return self._stacks[name]

    def new_resources(self, plan: Plan, *types: str) -> list[Resource]:
        """Return the resources of these types that the deployment creates."""
        return [found for found in plan.resources(*types) if self.physical_id(found) is None]

    def physical_id(self, resource: Resource) -> str | None:
        """Return the physical ID of a resource that is deployed; None if it does not exist yet."""
        stack = self.stack(resource.stack)
        return stack.resources.get(resource.logical_id) or None if stack else None

    def known_values(self, plan: Plan, stack: str) -> dict[str, str]:
        """Return parameter or pseudo parameter -> value for a stack of the plan."""
        deployed = self.stack(stack)
        previous = deployed.parameters if deployed else {}
        declared = plan.templates[stack].content.get("Parameters", {})
        parameters = {name: plan.parameter(stack, name, previous) for name in declared}
        return {name: value for name, value in parameters.items() if value is not None} | {
            "AWS::AccountId": self.identity.account,
            "AWS::Partition": self.identity.partition,
            "AWS::Region": self.region,
            "AWS::StackName": stack,
        }

    def _read_stack(self, name: str) -> DeployedStack | None:
        cloudformation = self.client("cloudformation")
        try:
            [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            # CloudFormation has no error code of its own for a stack that does not exist.
            if "does not exist" in str(error):
                return None
            raise
        resources = self.pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=name)
        return DeployedStack(
            name=name,
            status=stack["StackStatus"],
            parameters={each["ParameterKey"]: each.get("ParameterValue", "") for each in stack.get("Parameters", ())},
            resources={
                each["LogicalResourceId"]: each.get("PhysicalResourceId", "")
                for each in resources
                if each["ResourceStatus"] != "DELETE_COMPLETE"
            },
            tags={each["Key"]: each["Value"] for each in stack.get("Tags", ())},
        )


def error_code(error: ClientError) -> str:
    """Return the code of an error response, such as "ParameterNotFound"."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_access_denied(error: ClientError) -> bool:
    """Whether the caller lacks the permission."""
    return any(word in error_code(error) for word in _ACCESS_DENIED)


def as_reason(error: Exception) -> str:
    """Return an error of AWS in one line, such as "GetRole: the role does not exist"."""
    if not isinstance(error, ClientError):
        text = str(error).partition("\n")[0]
    else:
        message = error.response.get("Error", {}).get("Message") or error_code(error)
        text = f"{error.operation_name}: {message}"
    return text if len(text) <= _MAX_REASON else f"{text[: _MAX_REASON - 1]}…"
