"""The step that a Fargate task takes: fulfil an order and hand back its shipment."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from microservice import CONTAINER_NAME, Image, ServiceSpec, one_shot_task_definition

STEP_SECONDS = 180


class Fulfil(Construct):
    """A Fargate task of the service's image, started for one order: billed by the second, a minute at least.

    Attributes:
        role: What the task runs as.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, spec: ServiceSpec, image: Image, cluster: ecs.ICluster
    ) -> None:
        super().__init__(scope, construct_id)
        self._cluster = cluster
        self._definition = one_shot_task_definition(self, spec=spec, image=image, command=["fulfil"])
        self._security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=cluster.vpc, description="Fulfilment tasks: nobody calls them"
        )
        self.role: iam.IRole = self._definition.task_role

    def step(self, scope: Construct, construct_id: str) -> sfn.CustomState:
        """A state that starts the task for `$order_id` and waits for the answer that the task sends itself.

        A task that dies in silence is noticed when the state's time is up.
        Written out because the CDK's own state names the task family: after a deployment that is another revision
        than the one the role may run.
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
        """Let `role` run this revision of the task on this cluster, as these two roles, and nothing else.

        A deployment that changes the task makes a new revision, and takes this one's permission away. An execution
        that began before keeps its definition, and so the old revision: if it comes to its task afterwards, it is
        refused (ECS.AccessDeniedException), the order is given up and its stock returned. Permission for every
        revision would hardly help, because CloudFormation deregisters the old one minutes later. Running the family's
        newest revision would help; the role could then run whatever anybody registers in the family.
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html
        """
        cluster = {"ArnEquals": {"ecs:cluster": self._cluster.cluster_arn}}
        run = iam.PolicyStatement(
            actions=["ecs:RunTask"], resources=[self._definition.task_definition_arn], conditions=cluster
        )
        roles = [self._definition.task_role.role_arn, self._definition.obtain_execution_role().role_arn]
        hand_over = iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=roles,
            conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        )
        for statement in (run, hand_over):
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
