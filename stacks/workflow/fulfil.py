"""The step in a Fargate task: fulfil an order, and return its shipment."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from microservice import CONTAINER_NAME, Image, ServiceSpec, one_shot_task_definition

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
        """Return a state that runs the task for `$order_id` and waits for its task token.

        If the task ends without sending the token, the state times out. The state is custom, because the CDK's own
        state refers to the task family: after a deployment, that is another revision than the role may run.
        """
        return sfn.CustomState(
            scope,
            construct_id,
            state_json={
                "Type": "Task",
                "Resource": f"arn:{cdk.Aws.PARTITION}:states:::ecs:runTask.waitForTaskToken",
                "TimeoutSeconds": STEP_SECONDS,
                "Arguments": {
                    "LaunchType": "FARGATE",
                    "Cluster": self._cluster.cluster_arn,
                    "TaskDefinition": self._definition.task_definition_arn,
                    "NetworkConfiguration": {"AwsvpcConfiguration": self._network()},
                    "Overrides": {"ContainerOverrides": [{"Name": CONTAINER_NAME, "Environment": _environment()}]},
                },
            },
        )

    def grant_run(self, role: iam.IRole) -> None:
        """Allow a role to run this revision of the task on this cluster, with its two roles.

        A deployment that changes the task creates a new revision, and removes the permission for the old one. A running
        execution keeps its definition, and so the old revision: if it reaches this state afterwards, it fails with
        ECS.AccessDeniedException, and the order is compensated. Permission for every revision would not help, because
        CloudFormation deregisters the old one minutes later. Running the latest revision of the family would, but the
        role could then run every revision that anyone registers in the family.
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html
        """
        cluster = {"ArnEquals": {"ecs:cluster": self._cluster.cluster_arn}}
        run = iam.PolicyStatement(
            actions=["ecs:RunTask"], resources=[self._definition.task_definition_arn], conditions=cluster
        )
        roles = [self._definition.task_role.role_arn, self._definition.obtain_execution_role().role_arn]
        pass_roles = iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=roles,
            conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        )
        for statement in (run, pass_roles):
            role.add_to_principal_policy(statement)

    def _network(self) -> dict[str, object]:
        subnets = self._cluster.vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
        return {
            "AssignPublicIp": "DISABLED",
            "Subnets": subnets.subnet_ids,
            "SecurityGroups": [self._security_group.security_group_id],
        }


def _environment() -> list[dict[str, str]]:
    variables = {
        "ORDER_ID": "{% $order_id %}",
        "TASK_TOKEN": "{% $states.context.Task.Token %}",
        "TRACE_HEADER": "{% $trace %}",
    }
    return [{"Name": name, "Value": value} for name, value in variables.items()]
