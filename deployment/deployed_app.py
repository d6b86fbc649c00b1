"""The app as CloudFormation describes it after a deployment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from deployment import stack_events
from deployment.assembly import Assembly
from deployment.environment import Environment
from deployment.errors import ActionableError

_TOKEN_OUTPUT = "ApiTokenSecretArn"  # noqa: S105 - the name of an output
_WORKFLOW_OUTPUT = "StateMachineArn"
# Why a check of the sample's API was not run.
NO_ORDERS = f"the service has no orders API: no stack has the output {_TOKEN_OUTPUT}"


@dataclass(frozen=True, kw_only=True)
class StackState:
    """State of one stack.

    Attributes:
        status: CloudFormation's stack status, such as "ROLLBACK_COMPLETE".
        outputs: logical name -> value.
    """

    status: str
    outputs: Mapping[str, str]

    @property
    def is_complete(self) -> bool:
        """Whether the last create or update succeeded."""
        return self.status in stack_events.COMPLETE

    @property
    def is_standing(self) -> bool:
        """Whether its resources exist; after a rollback, in their previous version."""
        return self.status in stack_events.STANDING


@dataclass(frozen=True, kw_only=True)
class DeployedApp:
    """The app in an environment.

    Attributes:
        environment: where it is deployed.
        assembly: the cloud assembly that was deployed.
        stacks: stack name -> state; a stack that does not exist is absent.
    """

    environment: Environment
    assembly: Assembly
    stacks: Mapping[str, StackState]

    @classmethod
    def read(cls, environment: Environment) -> DeployedApp:
        """Read the state of the assembly's stacks from CloudFormation."""
        assembly = Assembly.load(environment.assembly)
        names = {stack.name for stack in assembly.stacks}
        pages = environment.client("cloudformation").get_paginator("describe_stacks").paginate()
        stacks = {
            stack["StackName"]: StackState(
                status=stack["StackStatus"],
                outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
            )
            for page in pages
            for stack in page["Stacks"]
            if stack["StackName"] in names
        }
        return cls(environment=environment, assembly=assembly, stacks=stacks)

    def output(self, name: str) -> str:
        """Return the value of a stack output.

        Raises:
            ActionableError: no deployed stack has it.
        """
        return self.stacks[self.stack_with_output(name)].outputs[name]

    def stack_with_output(self, name: str) -> str:
        """Return the name of the stack that has an output.

        Raises:
            ActionableError: no deployed stack has it.
        """
        for stack, state in self.stacks.items():
            if name in state.outputs:
                return stack
        deployed = ", ".join(self.stacks) or "none"
        raise ActionableError(
            f"no deployed stack has the output {name}", f"deployed: {deployed}", self.environment.command("deploy")
        )

    @property
    def stacks_with_logs(self) -> dict[str, str]:
        """Target ID -> name of its stack; and that of the workflow, if it is deployed."""
        found = {target.id: target.stack for target in self.assembly.targets.values()}
        workflow = next((name for name, state in self.stacks.items() if _WORKFLOW_OUTPUT in state.outputs), "")
        return {**found, "workflow": workflow} if workflow else found

    @property
    def has_orders_api(self) -> bool:
        """Whether it is the sample with its orders API, or another service."""
        # Not the deployed stacks alone: a deployment may have failed before this stack.
        outputs = [*(state.outputs for state in self.stacks.values())]
        templates = [stack.template for stack in self.assembly.stacks if stack.template.is_file()]
        outputs += [json.loads(template.read_text()).get("Outputs", {}) for template in templates]
        return any(_TOKEN_OUTPUT in names for names in outputs)

    def api_token(self) -> str:
        """Return the API token from Secrets Manager."""
        client = self.environment.client("secretsmanager")
        return str(client.get_secret_value(SecretId=self.output(_TOKEN_OUTPUT))["SecretString"])

    def failure_reason(self, stack: str) -> str:
        """Return the reason of the first failed resource in the stack's last operation; "" without one."""
        events = stack_events.read(self.environment.client("cloudformation"), stack)
        failed = stack_events.failures(stack_events.last_operation(events))
        return next((reason for event in failed if (reason := stack_events.reason(event))), "")
