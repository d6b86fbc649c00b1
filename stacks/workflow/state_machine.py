"""The order of the steps, what is tried again, and what happens when nothing helps."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from microservice import acknowledge, log_group

from . import retries
from .check import Check
from .fulfil import Fulfil

RECORD_SECONDS = 10
# Longer than the slowest way, with every attempt of every step and compensation: an execution that is out of time ends
# at once, and nothing is undone.
MACHINE_MINUTES = 90


class OrderMachine(Construct):
    """A standard state machine for one order: billed by state transition.

    Steps may be delivered twice; each changes the table conditionally, so that the effect happens once. What cannot be
    done is undone by the check's function, and the execution ends FAILED for everybody to see; unless the order was
    cancelled meanwhile, or had been fulfilled.

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
        check, fulfil, record = self._check_step(undo), self._fulfil_step(undo), self._record_step(undo)
        decide = sfn.Choice.jsonata(self, "Accepted?")
        decide.when(sfn.Condition.jsonata("{% $states.input.decision = 'ACCEPTED' %}"), fulfil)
        # FULFILLED: the order was delivered again, and there is nothing left to do.
        decide.when(
            sfn.Condition.jsonata("{% $states.input.decision in ['REJECTED', 'CANCELLED', 'FULFILLED'] %}"),
            sfn.Succeed.jsonata(self, "Nothing to fulfil"),
        )
        decide.otherwise(undo)
        fulfil.next(record)
        return self._remember().next(check).next(decide)

    def _remember(self) -> sfn.Pass:
        """The pipe hands over a batch of one; who starts an execution by hand may leave the trace out."""
        return sfn.Pass.jsonata(
            self,
            "Remember order",
            assign={
                "order_id": "{% $states.input[0].order_id %}",
                "trace": "{% $exists($states.input[0].trace) ? $states.input[0].trace : '' %}",
                "reason": "the check gave a decision that the workflow does not know",
            },
        )

    def _check_step(self, undo: sfn.IChainable) -> tasks.LambdaInvoke:
        payload = {"action": "check", "order_id": "{% $order_id %}", "trace": "{% $trace %}"}
        step = self._check.step(self, "Check order", payload)
        retries.no_retry(step, retries.NON_RETRYABLE_FUNCTION_ERRORS)
        retries.retry_throttling(step, retries.LAMBDA_SERVICE_ERRORS)
        retries.retry_transient(step, attempts=4)
        return _caught(step, undo)

    def _fulfil_step(self, undo: sfn.IChainable) -> sfn.CustomState:
        """Out of time is mostly the host's fault (image, network), so a second task is worth its three minutes."""
        step = self._fulfil.step(self, "Fulfil order")
        retries.no_retry(step, retries.NON_RETRYABLE_TASK_ERRORS)
        retries.retry_throttling(step, retries.ECS_SERVICE_ERRORS)
        retries.retry_transient(step, attempts=1, errors=[sfn.Errors.TIMEOUT])
        retries.retry_transient(step, attempts=2)
        return _caught(step, undo)

    def _record_step(self, undo: sfn.IChainable) -> tasks.DynamoUpdateItem:
        """The only write that the workflow makes itself; a second delivery finds its own shipment and agrees."""
        step = tasks.DynamoUpdateItem.jsonata(
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
        retries.no_retry(step, retries.NON_RETRYABLE_TABLE_ERRORS)
        retries.retry_transient(step, attempts=6)
        return _caught(step, undo)

    def _undo(self) -> sfn.IChainable:
        """The order's reason is public: it names the execution, and only the execution says what went wrong."""
        payload = {
            "action": "compensate",
            "order_id": "{% $order_id %}",
            "reason": "{% 'could not be processed; execution ' & $states.context.Execution.Name %}",
            "trace": "{% $trace %}",
        }
        step = self._check.step(self, "Compensate order", payload)
        retries.no_retry(step, retries.NON_RETRYABLE_FUNCTION_ERRORS)
        retries.retry_throttling(step, retries.LAMBDA_SERVICE_ERRORS)
        retries.retry_transient(step, attempts=6, errors=[sfn.Errors.ALL])
        undone = sfn.Choice.jsonata(self, "Undone?")
        # Cancelled in time, or fulfilled after all: that is no failure, and wakes nobody up.
        undone.when(
            sfn.Condition.jsonata("{% $states.input.status in ['CANCELLED', 'FULFILLED'] %}"),
            sfn.Succeed.jsonata(self, "Nothing to undo"),
        )
        undone.otherwise(sfn.Fail.jsonata(self, "Order failed", error="OrderFailed", cause="{% $reason %}"))
        return step.next(undone)


def _caught(step: retries.Step, undo: sfn.IChainable) -> retries.Step:
    """Whatever is left is undone; `$reason` holds it for the end of the execution."""
    reason = "{% $substring($states.errorOutput.Error & ': ' & $states.errorOutput.Cause, 0, 500) %}"
    step.add_catch(undo, errors=[sfn.Errors.ALL], assign={"reason": reason})
    return step
