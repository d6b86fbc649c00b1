"""The workflow's stack: what each part is, and what it may touch."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from microservice import Image, ServiceSpec

from .alarms import AlarmTopic
from .check import Check
from .fulfil import Fulfil
from .pipe import OrderPipe
from .state_machine import OrderMachine


class WorkflowStack(cdk.Stack):
    """Every placed order is checked, fulfilled and recorded, or undone: billed by state transition and task second."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        synthesizer: cdk.IStackSynthesizer,
        spec: ServiceSpec,
        image: Image,
        table: dynamodb.ITable,
        cluster: ecs.ICluster,
        alarm_emails: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id, synthesizer=synthesizer)
        spec = spec.with_environment(TABLE_NAME=table.table_name)
        check = Check(self, "Check", spec=spec, image=image)
        fulfil = Fulfil(self, "Fulfil", spec=spec, image=image, cluster=cluster)
        machine = OrderMachine(self, "Machine", name=spec.name, check=check, fulfil=fulfil, table=table)
        pipe = OrderPipe(self, "Pipe", table=table, machine=machine.state_machine)
        AlarmTopic(self, "Alarms", emails=alarm_emails).watch(machine=machine.state_machine, queue=pipe.dead_letters)
        table.grant_read_write_data(check.role)
        table.grant_read_write_data(fulfil.role)
        machine.state_machine.grant_task_response(fulfil.role)
        cdk.CfnOutput(self, "StateMachineArn", value=machine.state_machine.state_machine_arn)
        cdk.CfnOutput(self, "DeadLetterQueueUrl", value=pipe.dead_letters.queue_url)
