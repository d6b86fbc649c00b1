"""The order of the steps, what is tried again, and what happens when nothing helps."""

from typing import TypeVar

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from microservice import acknowledge, log_group

from .check import Check
from .fulfil import Fulfil

RECORD_SECONDS = 10
MACHINE_MINUTES = 30

_Task = TypeVar("_Task", tasks.LambdaInvoke, tasks.DynamoUpdateItem, sfn.CustomState)


class OrderMachine(Construct):
    """A standard state machine for one order: billed by state transition.

    Steps may be delivered twice; each changes the table conditionally, so that the effect happens once. What cannot be
    done is undone by the check's function, and the execution ends FAILED for everybody to see.

    Attributes:
        state_machine: The state machine.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, check: Check, fulfil: Fulfil, table: dynamodb.ITable
    ) -> None:
        super().__init__(scope, construct_id)
        self._check, self._fulfil, self._table = check, fulfil, table
        self.state_machine = sfn.StateMachine(
            self,
            "Orders",
            state_machine_name=name,
            definition_body=sfn.DefinitionBody.from_chainable(self._definition()),
            query_language=sfn.QueryLanguage.JSONATA,
            timeout=cdk.Duration.minutes(MACHINE_MINUTES),
            tracing_enabled=True,
            logs=sfn.LogOptions(destination=log_group(self), level=sfn.LogLevel.ALL, include_execution_data=False),
        )
        fulfil.grant_run(self.state_machine.role)
        everything = "log deliveries and X-Ray know no resources to name; no other statement is open"
        acknowledge(self.state_machine, "AwsSolutions-IAM5[Resource::*]", everything)

    def _definition(self) -> sfn.IChainable:
        undo = self._undo()
        check = self._guarded(self._check_step(), undo)
        fulfil = self._fulfil.step(self, "Fulfil order")
        # The task says so itself, and would say it again.
        fulfil.add_retry(errors=["FulfilmentFailed"], max_attempts=0)
        self._guarded(fulfil, undo, attempts=2)
        record = self._guarded(self._record_step(), undo)
        decide = sfn.Choice.jsonata(self, "Accepted?")
        decide.when(sfn.Condition.jsonata("{% $states.input.decision = 'ACCEPTED' %}"), fulfil)
        decide.when(
            sfn.Condition.jsonata("{% $states.input.decision in ['REJECTED', 'CANCELLED'] %}"),
            sfn.Succeed.jsonata(self, "Nothing to fulfil"),
        )
        decide.otherwise(undo)
        fulfil.next(record)
        return self._remember().next(check).next(decide)

    def _remember(self) -> sfn.Pass:
        """The pipe hands over a batch of one."""
        return sfn.Pass.jsonata(
            self,
            "Remember order",
            assign={
                "order_id": "{% $states.input[0].order_id %}",
                "trace": "{% $states.input[0].trace %}",
                "reason": "the check gave a decision that the workflow does not know",
            },
        )

    def _check_step(self) -> tasks.LambdaInvoke:
        payload = {"action": "check", "order_id": "{% $order_id %}", "trace": "{% $trace %}"}
        return self._check.step(self, "Check order", payload)

    def _record_step(self) -> tasks.DynamoUpdateItem:
        """The only write that the workflow makes itself; a second delivery finds its own shipment and agrees."""
        return tasks.DynamoUpdateItem.jsonata(
            self,
            "Record shipment",
            table=self._table,
            key={"id": tasks.DynamoAttributeValue.from_string("{% $order_id %}")},
            update_expression="SET #status = :fulfilled, shipment = :shipment",
            condition_expression="#status = :fulfilling OR (#status = :fulfilled AND shipment = :shipment)",
            expression_attribute_names={"#status": "status"},
            expression_attribute_values={
                ":fulfilling": tasks.DynamoAttributeValue.from_string("FULFILLING"),
                ":fulfilled": tasks.DynamoAttributeValue.from_string("FULFILLED"),
                ":shipment": tasks.DynamoAttributeValue.from_string("{% $states.input.shipment %}"),
            },
            outputs={"order_id": "{% $order_id %}", "shipment": "{% $states.input.shipment %}"},
            task_timeout=sfn.Timeout.duration(cdk.Duration.seconds(RECORD_SECONDS)),
        )

    def _undo(self) -> sfn.IChainable:
        payload = {
            "action": "compensate",
            "order_id": "{% $order_id %}",
            "reason": "{% $reason %}",
            "trace": "{% $trace %}",
        }
        undo = self._check.step(self, "Compensate order", payload)
        _retry(undo, attempts=6)
        return undo.next(sfn.Fail.jsonata(self, "Order failed", error="OrderFailed", cause="{% $reason %}"))

    def _guarded(self, step: _Task, undo: sfn.IChainable, attempts: int = 4) -> _Task:
        _retry(step, attempts)
        reason = "{% $substring($states.errorOutput.Error & ': ' & $states.errorOutput.Cause, 0, 500) %}"
        step.add_catch(undo, errors=[sfn.Errors.ALL], assign={"reason": reason})
        return step


def _retry(step: _Task, attempts: int) -> None:
    """More attempts after 1 s, 2 s, 4 s … at most 20 s, each drawn from nought to that; none after a time-out."""
    step.add_retry(
        errors=[sfn.Errors.TASKS_FAILED],
        interval=cdk.Duration.seconds(1),
        backoff_rate=2,
        max_delay=cdk.Duration.seconds(20),
        max_attempts=attempts,
        jitter_strategy=sfn.JitterType.FULL,
    )
