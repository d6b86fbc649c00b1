"""The target `beanstalk`."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from microservice import BeanstalkMicroservice, IngressConfig

from .target_stack import SERVICE_ID, TargetStack, TargetStackProps


class BeanstalkStack(TargetStack):
    """The service on AWS Elastic Beanstalk, with the platform version as a stack parameter."""

    def __init__(
        self, scope: Construct, construct_id: str, props: TargetStackProps, *, vpc: ec2.IVpc, ingress: IngressConfig
    ) -> None:
        super().__init__(scope, construct_id, props)
        platform_version = cdk.CfnParameter(
            self,
            "PlatformVersion",
            default=BeanstalkMicroservice.PLATFORM_VERSION,
            allowed_pattern=r"\d+\.\d+\.\d+",
            description="Of Docker on Amazon Linux 2023; see: aws elasticbeanstalk list-available-solution-stacks",
        )
        service = BeanstalkMicroservice(
            self,
            SERVICE_ID,
            spec=self.spec,
            image=props.image,
            vpc=vpc,
            ingress=ingress,
            alarm_topic=props.alarm_topic,
            platform_version=platform_version.value_as_string,
        )
        self.connect(service)
