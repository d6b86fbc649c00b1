"""The stack of the workflow, with the permissions of each part."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from ..target_stack import TargetStackProps, grant_order_steps, synthesizer_for
from .alarms import WorkflowAlarms
from .check import Check
from .dashboard import WorkflowDashboard
from .fulfil import Fulfil
from .pipe import OrderPipe
from .reconciler import Reconciler
from .sampling import StateMachineSampling
from .slots import Slots
from .state_machine import OrderStateMachine


class WorkflowStack(cdk.Stack):
    """A workflow that checks and fulfils each order, or compensates it: billed by state transition and task second.

    Args:
        scope: The parent construct.
        construct_id: ID in the parent.
        props: The properties that every stack with the image has.
        cluster: The ECS cluster of the tasks.
        check: Command of the Lambda function that checks and compensates orders.
        fulfil: Command of the task that fulfils an order.
        reconcile: Command of the Lambda function that restarts abandoned orders.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        props: TargetStackProps,
        *,
        cluster: ecs.ICluster,
        check: Sequence[str],
        fulfil: Sequence[str],
        reconcile: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id, synthesizer=synthesizer_for(props.repository_name))
        image, table = props.image, props.orders_table
        spec = props.spec.with_environment(TABLE_NAME=table.table_name)
        check_step = Check(self, "Check", spec=spec, image=image, command=check)
        slots = Slots(self, "Slots")
        fulfil_step = Fulfil(self, "Fulfil", spec=spec, image=image, cluster=cluster, command=fulfil)
        state_machine = OrderStateMachine(
            self, "Machine", check=check_step, slots=slots, fulfil=fulfil_step, table=table
        ).state_machine
        StateMachineSampling(self, "Sampling", spec=spec, state_machine=state_machine)
        pipe = OrderPipe(self, "Pipe", table=table, state_machine=state_machine)
        reconciler = Reconciler(
            self,
            "Reconciler",
            spec=spec,
            image=image,
            command=reconcile,
            table=table,
            slots=slots,
            fulfil=fulfil_step,
            state_machine=state_machine,
        )
        WorkflowAlarms(
            self,
            "Alarms",
            state_machine=state_machine,
            pipe_name=pipe.name,
            queue=pipe.dead_letters,
            check=check_step.function,
            reconciler=reconciler.function,
            stopped_tasks=reconciler.stopped_tasks,
            topic=props.alarm_topic,
        )
        WorkflowDashboard(
            self,
            "Dashboard",
            state_machine=state_machine,
            pipe_name=pipe.name,
            queue=pipe.dead_letters,
            functions={"check": check_step.function, "reconciler": reconciler.function},
            max_tasks=slots.max_tasks,
        )
        grant_order_steps(check_step.role, table)
        grant_order_steps(fulfil_step.role, table, "dynamodb:PutItem")
        # Not `grant_task_response`, which includes heartbeats: the task sends none.
        state_machine.grant(fulfil_step.role, "states:SendTaskSuccess", "states:SendTaskFailure")
        cdk.CfnOutput(self, "StateMachineArn", value=state_machine.state_machine_arn)
        cdk.CfnOutput(self, "DeadLetterQueueUrl", value=pipe.dead_letters.queue_url)
        cdk.CfnOutput(self, "PipeName", value=pipe.name)
        cdk.CfnOutput(self, "ReconcilerName", value=reconciler.function.function_name)
        cdk.CfnOutput(self, "OrdersTable", value=table.table_name)
