"""What is deployed now, asked of the emulator's CloudFormation and read in the cloud assembly."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deployment import stack_events
from deployment.assembly import Assembly
from deployment.errors import ActionableError
from local_aws.clients import client
from local_aws.environment import LocalEnvironment


@dataclass(frozen=True, kw_only=True)
class StackState:
    """One stack as CloudFormation describes it.

    Attributes:
        complete: whether it was created or updated to its end.
        status: CloudFormation's own word, such as "ROLLBACK_COMPLETE".
        reason: why it stands there, where CloudFormation says so.
    """

    complete: bool
    status: str
    reason: str
    outputs: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """The app as it stands in the local AWS.

    Attributes:
        stacks: stack name -> state; a stack that was never tried is absent.
    """

    running: LocalEnvironment
    assembly: Assembly
    stacks: Mapping[str, StackState]

    def output(self, name: str) -> str:
        """Return an output that one stack of the app has.

        Raises:
            ActionableError: no deployed stack has it.
        """
        return self._owner(name)[1].outputs[name]

    def stack_with_output(self, name: str) -> str:
        """Return the name of the stack that has this output.

        Raises:
            ActionableError: no deployed stack has it.
        """
        return self._owner(name)[0]

    def client(self, service: str) -> Any:
        """Return an AWS client of the emulator, with its test keys."""
        return client(self.running, service)

    def token(self) -> str:
        """Return the API token, read from Secrets Manager."""
        secret = self.client("secretsmanager").get_secret_value(SecretId=self.output("ApiTokenSecretArn"))
        return str(secret["SecretString"])

    def _owner(self, output: str) -> tuple[str, StackState]:
        for name, state in self.stacks.items():
            if output in state.outputs:
                return name, state
        have = ", ".join(self.stacks) or "none"
        raise ActionableError(
            f"no deployed stack has the output {output}", f"stacks that are there: {have}", "python -m local_aws deploy"
        )


def read(running: LocalEnvironment) -> Deployed:
    """Ask what is deployed."""
    assembly = Assembly.load(running.assembly)
    ours = {stack.name for stack in assembly.stacks}
    stacks = {name: state for name, state in _stacks(running) if name in ours}
    return Deployed(running=running, assembly=assembly, stacks=stacks)


def failure(running: LocalEnvironment, stack: str) -> str:
    """Return what CloudFormation says made a stack's last operation fail; "" when it says nothing."""
    events = stack_events.last_operation(stack_events.read(client(running, "cloudformation"), stack))
    return next((reason for event in stack_events.failures(events) if (reason := stack_events.reason(event))), "")


def _stacks(running: LocalEnvironment) -> Iterator[tuple[str, StackState]]:
    for page in client(running, "cloudformation").get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            status = stack["StackStatus"]
            outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
            yield (
                stack["StackName"],
                StackState(
                    complete=status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"),
                    status=status,
                    reason=stack.get("StackStatusReason", ""),
                    outputs=outputs,
                ),
            )
