"""The target `eks-fargate`."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from microservice import EksFargateMicroservice, IngressConfig

from .target_stack import SERVICE_ID, TargetStack, TargetStackProps


class EksFargateStack(TargetStack):
    """The service on EKS with Fargate."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        props: TargetStackProps,
        *,
        cluster: eks.ICluster,
        ingress: IngressConfig,
        load_balancers: ec2.ISecurityGroup,
    ) -> None:
        super().__init__(scope, construct_id, props)
        service = EksFargateMicroservice(
            self,
            SERVICE_ID,
            spec=self.spec,
            image=props.image,
            cluster=cluster,
            ingress=ingress,
            load_balancer_security_group=load_balancers,
            alarm_topic=props.alarm_topic,
        )
        self.connect(service)
        cdk.CfnOutput(self, "Namespace", value=service.namespace)
