"""The step in a Fargate task: fulfil an order, and return its shipment."""

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from microservice import CONTAINER_NAME, Image, ServiceSpec, acknowledge_wildcard, one_shot_task_definition

STEP_SECONDS = 180


class Fulfil(Construct):
    """A Fargate task of the service's image for each order: billed by the second, at least a minute.

    Attributes:
        role: The task role.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        cluster: ecs.ICluster,
        command: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        self._cluster = cluster
        self._definition = one_shot_task_definition(self, spec=spec, image=image, command=command)
        self._security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=cluster.vpc, description="Fulfilment tasks: nobody calls them"
        )
        self.role: iam.IRole = self._definition.task_role

    def step(self, scope: Construct, construct_id: str) -> sfn.CustomState:
        """Return a state that runs the task for `$order_id`, waits for its task token, and assigns `$shipment`.

        The task runs the latest revision of its family. A running execution keeps its definition during a deployment,
        and CloudFormation deregisters the revision that was the latest one before. The task of both versions must
        therefore understand the same environment variables.

        If the task ends without sending the token, the reconciler reports that; otherwise the state times out.
        """
        return sfn.CustomState(
            scope,
            construct_id,
            state_json={
                "Type": "Task",
                "Resource": f"arn:{cdk.Aws.PARTITION}:states:::ecs:runTask.waitForTaskToken",
                "TimeoutSeconds": STEP_SECONDS,
                "Assign": {"shipment": "{% $states.result.shipment %}"},
                "Arguments": {
                    "LaunchType": "FARGATE",
                    "Cluster": self._cluster.cluster_arn,
                    "TaskDefinition": self._definition.family,
                    "NetworkConfiguration": {"AwsvpcConfiguration": self._network()},
                    "Overrides": {"ContainerOverrides": [{"Name": CONTAINER_NAME, "Environment": _environment()}]},
                },
            },
        )

    def grant_run(self, state_machine: sfn.StateMachine) -> None:
        """Allow a state machine to run every revision of the task on this cluster, with the two roles of the task.

        The permission is the same before and after a deployment. To register another revision, a principal
        needs `iam:PassRole` for these two roles.
        """
        revisions = cdk.Stack.of(self).format_arn(
            service="ecs", resource="task-definition", resource_name=f"{self._definition.family}:*"
        )
        cluster = {"ArnEquals": {"ecs:cluster": self._cluster.cluster_arn}}
        run = iam.PolicyStatement(actions=["ecs:RunTask"], resources=[revisions], conditions=cluster)
        roles = [self._definition.task_role.role_arn, self._definition.obtain_execution_role().role_arn]
        pass_roles = iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=roles,
            conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        )
        for statement in (run, pass_roles):
            state_machine.role.add_to_principal_policy(statement)
        acknowledge_wildcard(state_machine, revisions, "a running execution runs the latest revision of the task")
        # The name of a family is no reference that CloudFormation could order by. The role of the task refers to the
        # state machine: depend on the definition alone.
        state_machine.node.add_dependency(cast("ecs.CfnTaskDefinition", self._definition.node.default_child))

    def stopped_with_an_error(self) -> events.EventPattern:
        """Return the pattern of events of tasks that stopped without success, or that could not start."""
        return events.EventPattern(
            source=["aws.ecs"],
            detail_type=["ECS Task State Change"],
            detail={
                "clusterArn": [self._cluster.cluster_arn],
                "group": [f"family:{self._definition.family}"],
                "lastStatus": ["STOPPED"],
                "containers": {"exitCode": [{"anything-but": [0]}, {"exists": False}]},
            },
        )

    def _network(self) -> dict[str, object]:
        vpc = self._cluster.vpc
        has_egress = bool(vpc.private_subnets)
        subnets = vpc.select_subnets(
            subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS if has_egress else ec2.SubnetType.PRIVATE_ISOLATED
        )
        return {
            "AssignPublicIp": "DISABLED",
            "Subnets": subnets.subnet_ids,
            "SecurityGroups": [self._security_group.security_group_id],
        }


def _environment() -> list[dict[str, str]]:
    variables = {
        "ORDER_ID": "{% $order_id %}",
        "EXECUTION": "{% $states.context.Execution.Name %}",
        "TASK_TOKEN": "{% $states.context.Task.Token %}",
        "TRACE_HEADER": "{% $trace %}",
    }
    return [{"Name": name, "Value": value} for name, value in variables.items()]
