"""The state machine: the order of the steps, their retries, and compensation."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from microservice import acknowledge, delivery_log_group

from . import retries
from .check import Check
from .fulfil import Fulfil
from .slots import Slots

RECORD_SECONDS = 10
# Longer than the slowest execution, whose steps retry for a day, or each time after their timeout. An execution that
# times out ends at once, without compensation; the reconciler restarts its order.
TIMEOUT_DAYS = 20
_EXECUTION = "{% $states.context.Execution.Name %}"


class OrderStateMachine(Construct):
    """A standard state machine for one order: billed by state transition.

    Every step is idempotent, and changes the order for its owner only: the execution that checked it. An order fails by
    a decision of the service only, such as an order that was cancelled meanwhile: the check function then compensates
    it. If a step fails for any other reason, after its last retry, the order stays open, the execution ends as FAILED,
    and the reconciler starts another one: an outage or a faulty image delays orders, and undoes none.

    Attributes:
        state_machine: The state machine.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, check: Check, slots: Slots, fulfil: Fulfil, table: dynamodb.ITable
    ) -> None:
        super().__init__(scope, construct_id)
        self._check, self._slots, self._fulfil, self._table = check, slots, fulfil, table
        self.state_machine = sfn.StateMachine(
            self,
            "Orders",
            definition_body=sfn.DefinitionBody.from_chainable(self._definition()),
            query_language=sfn.QueryLanguage.JSONATA,
            timeout=cdk.Duration.days(TIMEOUT_DAYS),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=delivery_log_group(self, service="states"),
                level=sfn.LogLevel.ALL,
                include_execution_data=False,
            ),
        )
        fulfil.grant_run(self.state_machine)
        no_arns = "the actions for log delivery and X-Ray support no resource ARNs; no other statement has a wildcard"
        acknowledge(self.state_machine, "AwsSolutions-IAM5[Resource::*]", no_arns)

    def _definition(self) -> sfn.IChainable:
        compensate = self._compensate()
        self._left_open = sfn.Fail.jsonata(self, "Left open", error="OrderLeftOpen", cause="{% $reason %}")
        decide = sfn.Choice.jsonata(self, "Accepted?")
        decide.when(
            sfn.Condition.jsonata("{% $states.input.decision = 'ACCEPTED' %}"), self._fulfil_in_a_slot(compensate)
        )
        # FULFILLED and OWNED: the event was delivered twice.
        decide.when(
            sfn.Condition.jsonata("{% $states.input.decision in ['REJECTED', 'CANCELLED', 'FULFILLED', 'OWNED'] %}"),
            sfn.Succeed.jsonata(self, "Nothing to fulfil"),
        )
        decide.otherwise(compensate)
        return self._remember_order().next(self._check_step(compensate)).next(decide)

    def _remember_order(self) -> sfn.Pass:
        """Return a state that assigns the input: a batch of one order, with an optional trace and predecessor."""
        return sfn.Pass.jsonata(
            self,
            "Remember order",
            assign={
                "order_id": "{% $states.input[0].order_id %}",
                "trace": "{% $exists($states.input[0].trace) ? $states.input[0].trace : '' %}",
                "takes_over": "{% $exists($states.input[0].takes_over) ? $states.input[0].takes_over : '' %}",
                "shipment": "",
                "is_failed": "{% false %}",
                "reason": "the check gave a decision that the workflow does not know",
            },
        )

    def _fulfil_in_a_slot(self, compensate: sfn.IChainable) -> sfn.IChainable:
        """Return the states that wait for a slot, run the task, and release the slot, whether the task succeeds or not.

        A release that fails does not fail the order: the reconciler releases the slot.
        """
        shipped = sfn.Choice.jsonata(self, "Shipped?")
        shipped.when(sfn.Condition.jsonata("{% $shipment != '' %}"), self._record_step(compensate))
        shipped.when(sfn.Condition.jsonata("{% $is_failed %}"), compensate)
        shipped.otherwise(self._left_open)
        release = self._slots.release(self, "Release slot")
        release.add_catch(shipped, errors=[sfn.Errors.ALL])
        fulfil = self._fulfil_step(release)
        no_slot = sfn.Fail.jsonata(self, "No slot", error="NoSlot", cause="{% $reason %}")
        acquire = _catch(self._slots.acquire(self, "Acquire slot"), no_slot)
        fulfil.next(release)
        release.next(shipped)
        return acquire.next(fulfil)

    def _check_step(self, compensate: sfn.IChainable) -> tasks.LambdaInvoke:
        payload = {
            "action": "check",
            "order_id": "{% $order_id %}",
            "execution": _EXECUTION,
            "takes_over": "{% $takes_over %}",
            "trace": "{% $trace %}",
        }
        step = self._check.step(self, "Check order", payload)
        retries.no_retry(step, retries.NON_RETRYABLE_FUNCTION_ERRORS)
        retries.retry_for_a_day(step, retries.LAMBDA_SERVICE_ERRORS)
        retries.retry_transient(step, attempts=4)
        _catch(step, compensate, retries.NON_RETRYABLE_FUNCTION_ERRORS)
        return _catch(step, self._left_open)

    def _fulfil_step(self, release: sfn.IChainable) -> sfn.CustomState:
        """Return the state of the task; a timeout is retried once: its usual causes are the image and the network."""
        step = self._fulfil.step(self, "Fulfil order")
        retries.no_retry(step, retries.NON_RETRYABLE_TASK_ERRORS)
        retries.retry_for_a_day(step, retries.ECS_SERVICE_ERRORS)
        retries.retry_transient(step, attempts=1, errors=[sfn.Errors.TIMEOUT])
        retries.retry_transient(step, attempts=2, errors=[sfn.Errors.TASKS_FAILED])
        _catch(step, release, retries.NON_RETRYABLE_TASK_ERRORS, is_failed="{% true %}")
        return _catch(step, release)

    def _record_step(self, compensate: sfn.IChainable) -> tasks.DynamoUpdateItem:
        """Return the only direct write to the order; its condition also accepts the same shipment twice."""
        step = tasks.DynamoUpdateItem.jsonata(
            self,
            "Record shipment",
            table=self._table,
            key={"id": tasks.DynamoAttributeValue.from_string("{% $order_id %}")},
            update_expression="SET #status = :fulfilled, shipment = :shipment REMOVE #open",
            condition_expression="(#status = :fulfilling AND execution = :execution) OR "
            "(#status = :fulfilled AND shipment = :shipment)",
            expression_attribute_names={"#status": "status", "#open": "open"},
            expression_attribute_values={
                ":fulfilling": tasks.DynamoAttributeValue.from_string("FULFILLING"),
                ":fulfilled": tasks.DynamoAttributeValue.from_string("FULFILLED"),
                ":shipment": tasks.DynamoAttributeValue.from_string("{% $shipment %}"),
                ":execution": tasks.DynamoAttributeValue.from_string(_EXECUTION),
            },
            outputs={"order_id": "{% $order_id %}", "shipment": "{% $shipment %}"},
            task_timeout=sfn.Timeout.duration(cdk.Duration.seconds(RECORD_SECONDS)),
        )
        retries.no_retry(step, retries.CONDITION_FAILED)
        retries.retry_transient(step, attempts=6)
        _catch(step, compensate, retries.CONDITION_FAILED)
        return _catch(step, self._left_open)

    def _compensate(self) -> sfn.IChainable:
        """Compensate the order; its public reason has only the execution's name, not the error."""
        payload = {
            "action": "compensate",
            "order_id": "{% $order_id %}",
            "execution": _EXECUTION,
            "reason": "{% 'could not be processed; execution ' & $states.context.Execution.Name %}",
            "trace": "{% $trace %}",
        }
        step = self._check.step(self, "Compensate order", payload)
        retries.no_retry(step, retries.NON_RETRYABLE_FUNCTION_ERRORS)
        retries.retry_for_a_day(step, retries.LAMBDA_SERVICE_ERRORS)
        retries.retry_transient(step, attempts=6, errors=[sfn.Errors.ALL])
        is_undone = sfn.Choice.jsonata(self, "Undone?")
        # An order that was cancelled, or that another execution has ended or owns, must not trigger the alarm.
        is_undone.when(
            sfn.Condition.jsonata("{% $states.input.status in ['REJECTED', 'CANCELLED', 'FULFILLED', 'OWNED'] %}"),
            sfn.Succeed.jsonata(self, "Nothing to undo"),
        )
        is_undone.when(
            sfn.Condition.jsonata("{% $states.input.status = 'FULFILLING' %}"),
            sfn.Fail.jsonata(self, "Fulfilment incomplete", error="FulfilmentIncomplete", cause="{% $reason %}"),
        )
        is_undone.otherwise(sfn.Fail.jsonata(self, "Order failed", error="OrderFailed", cause="{% $reason %}"))
        return step.next(is_undone)


def _catch(
    step: retries.Step, handler: sfn.IChainable, errors: Sequence[str] = (sfn.Errors.ALL,), **variables: str
) -> retries.Step:
    """Continue with another state after an error; the variable `$reason` keeps the error for the final state."""
    reason = "{% $substring($states.errorOutput.Error & ': ' & $states.errorOutput.Cause, 0, 500) %}"
    step.add_catch(handler, errors=list(errors), assign={"reason": reason, **variables})
    return step
