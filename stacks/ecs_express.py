"""The target `ecs-express`."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from microservice import ExpressMicroservice, log_group

from .target_stack import SERVICE_ID, TargetStack, TargetStackProps


class EcsExpressStack(TargetStack):
    """The service on ECS Express Mode, with a cluster of its own."""

    def __init__(self, scope: Construct, construct_id: str, props: TargetStackProps, *, vpc: ec2.IVpc) -> None:
        super().__init__(scope, construct_id, props)
        cluster = self._cluster(vpc)
        # ECS would create this log group with the first task, and nothing would ever delete it.
        name = f"/aws/ecs/containerinsights/{cluster.cluster_name}/performance"
        insights = log_group(self, "InsightsLogs", name=name)
        service = ExpressMicroservice(
            self,
            SERVICE_ID,
            spec=self.spec,
            image=props.image,
            cluster=cluster,
            alarm_topic=props.alarm_topic,
        )
        # Deleted after the service: ECS would create it again while tasks run.
        service.service.node.add_dependency(insights)
        self.connect(service)

    def _cluster(self, vpc: ec2.IVpc) -> ecs.Cluster:
        insights = ecs.ContainerInsights.ENHANCED
        return ecs.Cluster(
            self, "Cluster", vpc=vpc, container_insights_v2=insights, enable_fargate_capacity_providers=True
        )
