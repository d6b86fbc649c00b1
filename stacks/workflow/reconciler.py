"""The reconciler: starts the workflow again for orders that no execution works on."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from microservice import Image, ServiceSpec, acknowledge_wildcard, function_with_live_alias

from .fulfil import Fulfil
from .slots import Slots

EVERY_MINUTES = 5
AFTER_MINUTES = 10
FUNCTION_SECONDS = 240


class Reconciler(Construct):
    """A Lambda function of the service's image, on a schedule and for each task that stops: billed by request.

    Every 5 minutes, it restarts open orders that are older than 10 minutes and whose execution has ended, releases the
    slots of executions that have ended, and writes metrics. If a task stops without a report, for example because it
    has no memory left, it reports that to the execution, which would otherwise wait for the timeout of the step.

    Attributes:
        function: The function.
        role: The execution role.
        stopped_tasks: The rule that matches tasks which stop with an error.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        command: Sequence[str],
        table: dynamodb.ITable,
        slots: Slots,
        fulfil: Fulfil,
        state_machine: sfn.StateMachine,
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = function_with_live_alias(
            self,
            spec=spec.with_environment(
                SLOTS_TABLE_NAME=slots.table.table_name,
                STATE_MACHINE_ARN=state_machine.state_machine_arn,
                WORKFLOW_NAME=cdk.Stack.of(self).stack_name,
                RECONCILE_AFTER_MINUTES=str(AFTER_MINUTES),
            ),
            image=image,
            command=command,
            timeout=cdk.Duration.seconds(FUNCTION_SECONDS),
        )
        self.role: iam.IPrincipal = self.function.grant_principal
        self._grant(table, slots, state_machine)
        target = targets.LambdaFunction(
            self.function, retry_attempts=2, max_event_age=cdk.Duration.minutes(EVERY_MINUTES)
        )
        schedule = events.Schedule.rate(cdk.Duration.minutes(EVERY_MINUTES))
        events.Rule(self, "Schedule", schedule=schedule, targets=[target])
        self.stopped_tasks = events.Rule(
            self, "StoppedTasks", event_pattern=fulfil.stopped_with_an_error(), targets=[target]
        )

    def _grant(self, table: dynamodb.ITable, slots: Slots, state_machine: sfn.StateMachine) -> None:
        index = f"{table.table_arn}/index/open_orders"
        iam.Grant.add_to_principal(grantee=self.role, actions=["dynamodb:Query"], resource_arns=[index])
        slots.table.grant(self.role, "dynamodb:GetItem", "dynamodb:UpdateItem")
        state_machine.grant(self.role, "states:ListExecutions", "states:StartExecution", "states:SendTaskFailure")
        executions = cdk.Stack.of(self).format_arn(
            service="states",
            resource="execution",
            resource_name=f"{state_machine.state_machine_name}:*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        describe = ["states:DescribeExecution"]
        iam.Grant.add_to_principal(grantee=self.role, actions=describe, resource_arns=[executions])
        acknowledge_wildcard(self, executions, "the reconciler asks for every execution of this state machine")
