"""The steps in a Lambda function: check an order, and compensate it."""

from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from microservice import Image, ServiceSpec, function_with_live_alias

FUNCTION_SECONDS = 20
STEP_SECONDS = 30


class Check(Construct):
    """A Lambda function of the service's image that checks and compensates orders: billed by request.

    Attributes:
        role: The execution role.
        function: The function, by its alias.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, spec: ServiceSpec, image: Image, command: Sequence[str]
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = function_with_live_alias(
            self,
            spec=spec,
            image=image,
            command=command,
            timeout=cdk.Duration.seconds(FUNCTION_SECONDS),
        )
        self.role: iam.IPrincipal = self.function.grant_principal

    def step(self, scope: Construct, construct_id: str, payload: dict[str, Any]) -> tasks.LambdaInvoke:
        """Return a state that invokes the function with a payload, and passes its result to the next state."""
        return tasks.LambdaInvoke.jsonata(
            scope,
            construct_id,
            lambda_function=self.function,
            payload=sfn.TaskInput.from_object(payload),
            outputs="{% $states.result.Payload %}",
            task_timeout=sfn.Timeout.duration(cdk.Duration.seconds(STEP_SECONDS)),
            retry_on_service_exceptions=False,
        )
