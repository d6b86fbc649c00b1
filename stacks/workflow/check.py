"""The steps that a Lambda function takes: check an order, and undo one."""

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
    """A Lambda function of the service's image that answers the workflow's questions: pay per order.

    Attributes:
        role: What the function runs as.
    """

    def __init__(self, scope: Construct, construct_id: str, *, spec: ServiceSpec, image: Image) -> None:
        super().__init__(scope, construct_id)
        self._function = function_with_live_alias(
            self,
            spec=spec,
            image=image,
            command=["lambda", "orders.lambda_check.handler"],
            timeout=cdk.Duration.seconds(FUNCTION_SECONDS),
        )
        self.role: iam.IPrincipal = self._function.grant_principal

    def step(self, scope: Construct, construct_id: str, payload: dict[str, Any]) -> tasks.LambdaInvoke:
        """A state that hands `payload` to the function and its answer to the next state."""
        return tasks.LambdaInvoke.jsonata(
            scope,
            construct_id,
            lambda_function=self._function,
            payload=sfn.TaskInput.from_object(payload),
            outputs="{% $states.result.Payload %}",
            task_timeout=sfn.Timeout.duration(cdk.Duration.seconds(STEP_SECONDS)),
            retry_on_service_exceptions=False,
        )
