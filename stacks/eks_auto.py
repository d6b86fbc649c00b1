"""The target `eks-auto`."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from microservice import EksAutoMicroservice, IngressConfig

from .target_stack import SERVICE_ID, TargetStack, TargetStackProps


class EksAutoStack(TargetStack):
    """The service on EKS Auto Mode."""

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
        service = EksAutoMicroservice(
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
