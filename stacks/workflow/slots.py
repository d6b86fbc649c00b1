"""Slots: a limit of how many executions run a Fargate task at the same time."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from microservice import acknowledge

from . import retries

# A new account has a quota of 6 vCPU for Fargate, which is 24 tasks of the default size; the services need some of it.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
MAX_TASKS = 16
UPDATE_SECONDS = 10
_KEY = "fulfilment"
_EXECUTION = "{% $states.context.Execution.Name %}"


class Slots(Construct):
    """A table with one item, whose set `holders` has the names of the executions that run a task: billed by request.

    An order above the limit waits: the conditional update is retried with backoff for up to a day. Taking a slot twice
    takes one. The reconciler releases the slots of executions that ended without doing it.

    Args:
        scope: The parent construct.
        construct_id: ID in the parent.
        max_tasks: Maximum number of tasks at the same time, 1 to 300: each update writes the names of all of them. Set
            it below the account's quota of Fargate vCPUs: RunTask rejects tasks above that, including those of your
            services. Default: 16.

    Raises:
        ValueError: `max_tasks` is out of range.

    Attributes:
        table: The table.
    """

    def __init__(self, scope: Construct, construct_id: str, *, max_tasks: int = MAX_TASKS) -> None:
        super().__init__(scope, construct_id)
        if not 1 <= max_tasks <= 300:
            raise ValueError(
                f"max_tasks={max_tasks} is not valid (allowed: 1 to 300). Set it below the quota of Fargate vCPUs."
            )
        self.max_tasks = max_tasks
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        acknowledge(self.table, "AwsSolutions-DDB3", "the slots of running executions are not worth restoring")

    def acquire(self, scope: Construct, construct_id: str) -> tasks.DynamoUpdateItem:
        """Return a state that takes a slot for the execution, and waits for one as long as a day."""
        step = self._update(
            scope,
            construct_id,
            update_expression="ADD holders :execution",
            condition_expression="attribute_not_exists(holders) OR size(holders) < :limit OR contains(holders, :name)",
            expression_attribute_values={
                ":execution": tasks.DynamoAttributeValue.from_string_set([_EXECUTION]),
                ":name": tasks.DynamoAttributeValue.from_string(_EXECUTION),
                ":limit": tasks.DynamoAttributeValue.from_number(self.max_tasks),
            },
        )
        retries.retry_for_a_day(step, retries.CONDITION_FAILED)
        # About ten minutes, for permissions that IAM distributes and a table that adapts to its load.
        retries.retry_transient(step, attempts=60)
        return step

    def release(self, scope: Construct, construct_id: str) -> tasks.DynamoUpdateItem:
        """Return a state that releases the slot of the execution."""
        step = self._update(
            scope,
            construct_id,
            update_expression="DELETE holders :execution",
            expression_attribute_values={":execution": tasks.DynamoAttributeValue.from_string_set([_EXECUTION])},
        )
        retries.retry_transient(step, attempts=6)
        return step

    def _update(
        self,
        scope: Construct,
        construct_id: str,
        *,
        update_expression: str,
        expression_attribute_values: dict[str, tasks.DynamoAttributeValue],
        condition_expression: str | None = None,
    ) -> tasks.DynamoUpdateItem:
        return tasks.DynamoUpdateItem.jsonata(
            scope,
            construct_id,
            table=self.table,
            key={"id": tasks.DynamoAttributeValue.from_string(_KEY)},
            update_expression=update_expression,
            condition_expression=condition_expression,
            expression_attribute_values=expression_attribute_values,
            outputs={},
            task_timeout=sfn.Timeout.duration(cdk.Duration.seconds(UPDATE_SECONDS)),
        )
