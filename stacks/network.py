"""The networks that targets share."""

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from microservice import HttpApiVpcLink, acknowledge, log_group, restrict_trust

_SUBNETS = {
    ec2.SubnetType.PUBLIC: "Public",
    ec2.SubnetType.PRIVATE_WITH_EGRESS: "Private",
    ec2.SubnetType.PRIVATE_ISOLATED: "Isolated",
}
# What a task of ECS on Fargate calls, apart from S3 (image layers) and DynamoDB, which have gateway endpoints: it pulls
# its image, writes its log, reads its secret, sends its spans, and completes a step of the workflow. Fargate itself
# needs no endpoint of ECS.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch-logs-and-interface-VPC.html
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/vpc-endpoint-overview.html
# https://docs.aws.amazon.com/step-functions/latest/dg/vpc-endpoints.html
# https://docs.aws.amazon.com/xray/latest/devguide/xray-security-vpc-endpoint.html
_ENDPOINTS = {
    "EcrApi": ec2.InterfaceVpcEndpointAwsService.ECR,
    "EcrDkr": ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
    "Logs": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
    "SecretsManager": ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
    "StepFunctions": ec2.InterfaceVpcEndpointAwsService.STEP_FUNCTIONS,
    "Xray": ec2.InterfaceVpcEndpointAwsService.XRAY,
}


class NetworkStack(cdk.Stack):
    """A VPC in two Availability Zones, a VPC Link for HTTP APIs, and an ECS cluster.

    By default, one NAT gateway serves both zones: $0.045 an hour ($33 a month) and $0.045 a GB (us-east-1, 2026-08),
    half the price of one in each zone. While its zone is impaired, tasks of the other zone have no egress. The gateway
    endpoints for S3 and DynamoDB are free, as are the link and the cluster. Container Insights is billed by metric.

    With `isolated`, the subnets have no route to the internet. Interface endpoints take the place of the NAT gateway:
    $0.01 an hour for each endpoint and zone, $88 a month for six (us-east-1, 2026-11), more than twice the gateway.

    Attributes:
        vpc: The VPC.
        link: The VPC Link.
        cluster: The ECS cluster.
        subnets: The subnets of the tasks; None for the default of the constructs.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, zones: Sequence[str] = (), isolated: bool = False
    ) -> None:
        super().__init__(scope, construct_id)
        self.vpc, self.subnets = _vpc_and_subnets(self, zones, isolated=isolated)
        self.link = HttpApiVpcLink(self, "FrontDoorLink", vpc=self.vpc, subnets=self.subnets)
        self.cluster = self._cluster()

    def _cluster(self) -> ecs.Cluster:
        cluster = ecs.Cluster(self, "Cluster", vpc=self.vpc, container_insights_v2=ecs.ContainerInsights.ENHANCED)
        # ECS would create this log group with the first task, and nothing would ever delete it.
        log_group(self, "InsightsLogs", name=f"/aws/ecs/containerinsights/{cluster.cluster_name}/performance")
        return cluster


class PublicNetworkStack(cdk.Stack):
    """A VPC in two Availability Zones with public subnets only, for tasks with public addresses: no NAT gateway."""

    def __init__(self, scope: Construct, construct_id: str, *, zones: Sequence[str] = ()) -> None:
        super().__init__(scope, construct_id)
        self.vpc = _vpc(self, zones, ec2.SubnetType.PUBLIC)


def _vpc_and_subnets(
    stack: cdk.Stack, zones: Sequence[str], *, isolated: bool
) -> tuple[ec2.Vpc, ec2.SubnetSelection | None]:
    if not isolated:
        return _vpc(stack, zones, ec2.SubnetType.PUBLIC, ec2.SubnetType.PRIVATE_WITH_EGRESS), None
    vpc = _vpc(stack, zones, ec2.SubnetType.PRIVATE_ISOLATED)
    add_interface_endpoints(stack, vpc)
    return vpc, ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)


def add_interface_endpoints(scope: Construct, vpc: ec2.Vpc) -> None:
    """Add the interface endpoints that tasks without a route to the internet call, with private DNS names.

    Args:
        scope: The parent construct.
        vpc: The VPC, with isolated subnets.
    """
    group = ec2.SecurityGroup(
        scope, "Endpoints", vpc=vpc, description="Interface endpoints of AWS services", allow_all_outbound=False
    )
    group.add_ingress_rule(ec2.Peer.ipv4(vpc.vpc_cidr_block), ec2.Port.tcp(443), "HTTPS from the VPC")
    acknowledge(group, "AwsSolutions-EC23", "open to the CIDR block of the VPC, which cdk-nag cannot read")
    for name, service in _ENDPOINTS.items():
        vpc.add_interface_endpoint(
            name,
            service=service,
            subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            security_groups=[group],
            open=False,
        )


def _vpc(stack: cdk.Stack, zones: Sequence[str], *subnets: ec2.SubnetType) -> ec2.Vpc:
    """Create a VPC in these Availability Zones, or in the first two.

    Raises:
        ValueError: There are not two different zones.
    """
    if zones and len(set(zones)) != 2:
        raise ValueError(
            f"availability_zones={','.join(zones)!r} is not valid (allowed: two different zones, such as "
            "'us-east-1a,us-east-1b'). `aws ec2 describe-availability-zones` lists those of your account."
        )
    vpc = ec2.Vpc(
        stack,
        "Vpc",
        max_azs=None if zones else 2,
        availability_zones=list(zones) or None,
        nat_gateways=1 if ec2.SubnetType.PRIVATE_WITH_EGRESS in subnets else 0,
        subnet_configuration=[ec2.SubnetConfiguration(name=_SUBNETS[type_], subnet_type=type_) for type_ in subnets],
        restrict_default_security_group=True,
    )
    vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    vpc.add_gateway_endpoint("DynamoDb", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB)
    flow_log = vpc.add_flow_log(
        "Rejected",
        destination=ec2.FlowLogDestination.to_cloud_watch_logs(log_group(stack, "FlowLogs")),
        traffic_type=ec2.FlowLogTrafficType.REJECT,
    )
    if flow_log.iam_role:
        # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
        restrict_trust(flow_log.iam_role, service="ec2", resource="vpc-flow-log/*")
    # The CDK's function that restricts the default security group would leave its log group behind.
    provider = stack.node.find_child("Custom::VpcRestrictDefaultSGCustomResourceProvider")
    handler = cast("cdk.CfnResource", provider.node.find_child("Handler"))
    handler.add_property_override("LoggingConfig.LogGroup", log_group(stack, "ClosingLogs").log_group_name)
    return vpc
