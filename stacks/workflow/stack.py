"""The stack of the workflow, with the permissions of each part."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from ..target_stack import TargetStackProps, synthesizer_for
from .alarms import WorkflowAlarms
from .check import Check
from .dashboard import WorkflowDashboard
from .fulfil import Fulfil
from .pipe import OrderPipe
from .sampling import StateMachineSampling
from .state_machine import OrderStateMachine


class WorkflowStack(cdk.Stack):
    """A workflow that checks and fulfils each order, or compensates it: billed by state transition and task second."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        props: TargetStackProps,
        *,
        cluster: ecs.ICluster,
        check: Sequence[str],
        fulfil: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id, synthesizer=synthesizer_for(props.repository_name))
        image, table = props.image, props.table
        spec = props.spec.with_environment(TABLE_NAME=table.table_name)
        check_step = Check(self, "Check", spec=spec, image=image, command=check)
        fulfil_step = Fulfil(self, "Fulfil", spec=spec, image=image, cluster=cluster, command=fulfil)
        state_machine = OrderStateMachine(
            self, "Machine", check=check_step, fulfil=fulfil_step, table=table
        ).state_machine
        StateMachineSampling(self, "Sampling", spec=spec, state_machine=state_machine)
        pipe = OrderPipe(self, "Pipe", table=table, state_machine=state_machine)
        functions: dict[str, lambda_.IFunction] = {"check": check_step.function}
        WorkflowAlarms(
            self,
            "Alarms",
            state_machine=state_machine,
            pipe_name=pipe.name,
            queue=pipe.dead_letters,
            check=check_step.function,
            topic=props.alarm_topic,
        )
        WorkflowDashboard(
            self,
            "Dashboard",
            state_machine=state_machine,
            pipe_name=pipe.name,
            queue=pipe.dead_letters,
            functions=functions,
            slots=24,
        )
        table.grant_read_write_data(check_step.role)
        table.grant_read_write_data(fulfil_step.role)
        state_machine.grant_task_response(fulfil_step.role)
        cdk.CfnOutput(self, "StateMachineArn", value=state_machine.state_machine_arn)
        cdk.CfnOutput(self, "DeadLetterQueueUrl", value=pipe.dead_letters.queue_url)
        cdk.CfnOutput(self, "PipeName", value=pipe.name)
        cdk.CfnOutput(self, "OrdersTable", value=table.table_name)
