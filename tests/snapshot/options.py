"""Stacks for the options of constructs that the app does not use, one stack for each option."""

import dataclasses
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_route53 as route53

from microservice import (
    AppRunnerMicroservice,
    BeanstalkMicroservice,
    CustomDomain,
    Ec2PodmanMicroservice,
    FargateMicroservice,
    HttpApiVpcLink,
    InstanceType,
    LambdaMicroservice,
    PromotedImage,
    RepositorySource,
    ServiceSpec,
)

SPEC = ServiceSpec(name="bills", health_command=["/well"])
IMAGE = PromotedImage(repository_name="bills", digest="sha256:" + "0" * 64)
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/1"
BAKE_TIME = cdk.Duration.minutes(10)


def add_options(app: Any) -> None:
    """Add a stack for each option."""
    network = cdk.Stack(app, "OptionsNetwork")
    vpc = ec2.Vpc(network, "Vpc", max_azs=2, restrict_default_security_group=False)
    vpc.add_flow_log("FlowLog")
    cluster = ecs.Cluster(network, "Cluster", vpc=vpc, container_insights_v2=ecs.ContainerInsights.ENABLED)
    link = HttpApiVpcLink(network, "Link", vpc=vpc)
    fargate_at_custom_domain(cdk.Stack(app, "OwnDomain"), cluster)
    beanstalk_with_instance_type(cdk.Stack(app, "OwnMachines"), vpc)
    fargate = cdk.Stack(app, "BlueGreenFargate")
    FargateMicroservice(
        fargate,
        "Bills",
        spec=SPEC,
        image=IMAGE,
        cluster=cluster,
        ingress=link,
        blue_green_bake_time=BAKE_TIME,
    )
    function = cdk.Stack(app, "BlueGreenLambda")
    LambdaMicroservice(function, "Bills", spec=SPEC, image=IMAGE, command=["handler"], canary_interval=BAKE_TIME)
    environment = cdk.Environment(account="000000000000", region="eu-west-1")
    beanstalk_in_a_region(cdk.Stack(app, "InARegion", env=environment))
    app_runner_from_repository(cdk.Stack(app, "FromSource"))
    ec2_with_instance_type(cdk.Stack(app, "OtherMachine"), vpc, link)


def fargate_at_custom_domain(stack: cdk.Stack, cluster: ecs.ICluster) -> None:
    """Fargate at a custom domain."""
    domain = custom_domain(stack)
    service = FargateMicroservice(stack, "Bills", spec=SPEC, image=IMAGE, cluster=cluster, ingress=domain)
    cdk.CfnOutput(stack, "Url", value=service.url)


def ec2_with_instance_type(stack: cdk.Stack, vpc: ec2.IVpc, link: HttpApiVpcLink) -> None:
    """One EC2 instance, of another type than the default."""
    spec = dataclasses.replace(SPEC, min_instances=1, max_instances=1, architecture="arm64")
    large = InstanceType(name="m7g.large", cpus=2, memory_mib=8192)
    Ec2PodmanMicroservice(stack, "Bills", spec=spec, image=IMAGE, vpc=vpc, ingress=link, instance_type=large)


def custom_domain(stack: cdk.Stack, name: str = "bills.example.com") -> CustomDomain:
    zone = route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id="Z0000000000000", zone_name="example.com"
    )
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)
    return CustomDomain(name=name, zone=zone, certificate=certificate)


def beanstalk_with_instance_type(stack: cdk.Stack, vpc: ec2.IVpc) -> None:
    """Beanstalk with another instance type, at a custom domain."""
    instance_type = InstanceType(name="c7i.large", cpus=2, memory_mib=4096)
    BeanstalkMicroservice(
        stack,
        "Bills",
        spec=SPEC,
        image=IMAGE,
        vpc=vpc,
        ingress=custom_domain(stack, "large.example.com"),
        instance_type=instance_type,
    )


def beanstalk_in_a_region(stack: cdk.Stack) -> None:
    """Beanstalk with a known account and Region, which are then not environment properties."""
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-00000000",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        public_subnet_ids=["subnet-00000001", "subnet-00000002"],
        private_subnet_ids=["subnet-00000003", "subnet-00000004"],
    )
    BeanstalkMicroservice(
        stack, "Bills", spec=SPEC, image=IMAGE, vpc=vpc, ingress=custom_domain(stack, "region.example.com")
    )


def app_runner_from_repository(stack: cdk.Stack) -> None:
    """App Runner with a repository."""
    repository = RepositorySource(
        url="https://github.com/example/bills",
        branch="main",
        directory="/service",
        connection_arn="arn:aws:apprunner:us-east-1:000000000000:connection/bills/1",
        runtime="PYTHON_311",
        build_command="pip install .",
        start_command="python -m bills",
    )
    AppRunnerMicroservice(stack, "Bills", spec=SPEC, image=repository)
