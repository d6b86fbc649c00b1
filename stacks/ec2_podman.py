"""The target `ec2-podman`."""

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from microservice import Ec2PodmanMicroservice, IngressConfig

from .target_stack import SERVICE_ID, TargetStack, TargetStackProps


class Ec2PodmanStack(TargetStack):
    """The service on EC2 instances with Podman."""

    def __init__(
        self, scope: Construct, construct_id: str, props: TargetStackProps, *, vpc: ec2.IVpc, ingress: IngressConfig
    ) -> None:
        super().__init__(scope, construct_id, props)
        service = Ec2PodmanMicroservice(
            self,
            SERVICE_ID,
            spec=self.spec,
            image=props.image,
            vpc=vpc,
            ingress=ingress,
            alarm_topic=props.alarm_topic,
        )
        self.connect(service)
