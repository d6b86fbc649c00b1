"""The target `ecs-managed-instances`."""

from aws_cdk import aws_ecs as ecs
from constructs import Construct

from microservice import IngressConfig, ManagedInstancesMicroservice

from .target_stack import SERVICE_ID, TargetStack, TargetStackProps


class EcsManagedInstancesStack(TargetStack):
    """The service on ECS Managed Instances."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        props: TargetStackProps,
        *,
        cluster: ecs.ICluster,
        ingress: IngressConfig,
    ) -> None:
        super().__init__(scope, construct_id, props)
        service = ManagedInstancesMicroservice(
            self,
            SERVICE_ID,
            spec=self.spec,
            image=props.image,
            cluster=cluster,
            ingress=ingress,
            alarm_topic=props.alarm_topic,
        )
        self.connect(service)
