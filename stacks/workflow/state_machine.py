"""The state machine: the order of the steps, their retries, and compensation."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from microservice import acknowledge, delivery_log_group

from . import retries
from .check import Check
from .fulfil import Fulfil

RECORD_SECONDS = 10
# Longer than the slowest execution, with all retries and compensation: an execution that times out ends at once,
# without compensation.
TIMEOUT_MINUTES = 90


class OrderStateMachine(Construct):
    """A standard state machine for one order: billed by state transition.

    Every step is idempotent: it changes the table conditionally. If a step fails, the check function compensates the
    order, and the execution ends as FAILED, unless the order was cancelled or already fulfilled.

    Attributes:
        state_machine: The state machine.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, check: Check, fulfil: Fulfil, table: dynamodb.ITable
    ) -> None:
        super().__init__(scope, construct_id)
        self._check, self._fulfil, self._table = check, fulfil, table
        self.state_machine = sfn.StateMachine(
            self,
            "Orders",
            definition_body=sfn.DefinitionBody.from_chainable(self._definition()),
            query_language=sfn.QueryLanguage.JSONATA,
            timeout=cdk.Duration.minutes(TIMEOUT_MINUTES),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=delivery_log_group(self, service="states"),
                level=sfn.LogLevel.ALL,
                include_execution_data=False,
            ),
        )
        fulfil.grant_run(self.state_machine.role)
        no_arns = "the actions for log delivery and X-Ray support no resource ARNs; no other statement has a wildcard"
        acknowledge(self.state_machine, "AwsSolutions-IAM5[Resource::*]", no_arns)

    def _definition(self) -> sfn.IChainable:
        compensate = self._compensate()
        check, fulfil, record = (
            self._check_step(compensate),
            self._fulfil_step(compensate),
            self._record_step(compensate),
        )
        decide = sfn.Choice.jsonata(self, "Accepted?")
        decide.when(sfn.Condition.jsonata("{% $states.input.decision = 'ACCEPTED' %}"), fulfil)
        # FULFILLED: the event was delivered twice.
        decide.when(
            sfn.Condition.jsonata("{% $states.input.decision in ['REJECTED', 'CANCELLED', 'FULFILLED'] %}"),
            sfn.Succeed.jsonata(self, "Nothing to fulfil"),
        )
        decide.otherwise(compensate)
        fulfil.next(record)
        return self._remember_order().next(check).next(decide)

    def _remember_order(self) -> sfn.Pass:
        """Return a state that assigns the input; the pipe passes a batch of one, and the trace is optional."""
        return sfn.Pass.jsonata(
            self,
            "Remember order",
            assign={
                "order_id": "{% $states.input[0].order_id %}",
                "trace": "{% $exists($states.input[0].trace) ? $states.input[0].trace : '' %}",
                "reason": "the check gave a decision that the workflow does not know",
            },
        )

    def _check_step(self, compensate: sfn.IChainable) -> tasks.LambdaInvoke:
        payload = {"action": "check", "order_id": "{% $order_id %}", "trace": "{% $trace %}"}
        step = self._check.step(self, "Check order", payload)
        retries.no_retry(step, retries.NON_RETRYABLE_FUNCTION_ERRORS)
        retries.retry_throttling(step, retries.LAMBDA_SERVICE_ERRORS)
        retries.retry_transient(step, attempts=4)
        return _catch(step, compensate)

    def _fulfil_step(self, compensate: sfn.IChainable) -> sfn.CustomState:
        """Retry a timeout once: its usual causes are on the host (image, network)."""
        step = self._fulfil.step(self, "Fulfil order")
        retries.no_retry(step, retries.NON_RETRYABLE_TASK_ERRORS)
        retries.retry_throttling(step, retries.ECS_SERVICE_ERRORS)
        retries.retry_transient(step, attempts=1, errors=[sfn.Errors.TIMEOUT])
        retries.retry_transient(step, attempts=2)
        return _catch(step, compensate)

    def _record_step(self, compensate: sfn.IChainable) -> tasks.DynamoUpdateItem:
        """Return the only direct write of the workflow; its condition also accepts the same shipment twice."""
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
        return _catch(step, compensate)

    def _compensate(self) -> sfn.IChainable:
        """Compensate the order; its public reason has only the execution's name, not the error."""
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
        is_undone = sfn.Choice.jsonata(self, "Undone?")
        # A cancelled or fulfilled order is not a failure, and must not trigger the alarm.
        is_undone.when(
            sfn.Condition.jsonata("{% $states.input.status in ['CANCELLED', 'FULFILLED'] %}"),
            sfn.Succeed.jsonata(self, "Nothing to undo"),
        )
        is_undone.otherwise(sfn.Fail.jsonata(self, "Order failed", error="OrderFailed", cause="{% $reason %}"))
        return step.next(is_undone)


def _catch(step: retries.Step, compensate: sfn.IChainable) -> retries.Step:
    """Catch all errors with compensation; the variable `$reason` keeps the error for the final state."""
    reason = "{% $substring($states.errorOutput.Error & ': ' & $states.errorOutput.Cause, 0, 500) %}"
    step.add_catch(compensate, errors=[sfn.Errors.ALL], assign={"reason": reason})
    return step
