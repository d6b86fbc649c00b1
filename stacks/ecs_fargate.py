"""The target `ecs-fargate`."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from microservice import FargateMicroservice, IngressConfig

from .target_stack import SERVICE_ID, TargetStack, TargetStackProps


class EcsFargateStack(TargetStack):
    """The service on ECS with Fargate."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        props: TargetStackProps,
        *,
        cluster: ecs.ICluster,
        ingress: IngressConfig,
        subnets: ec2.SubnetSelection | None = None,
    ) -> None:
        super().__init__(scope, construct_id, props)
        service = FargateMicroservice(
            self,
            SERVICE_ID,
            spec=self.spec,
            image=props.image,
            cluster=cluster,
            ingress=ingress,
            alarm_topic=props.alarm_topic,
            subnets=subnets,
        )
        self.connect(service)
