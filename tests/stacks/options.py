"""What can be asked of constructs and this app does not ask: a stack for each, beside the app's own."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_route53 as route53

from microservice import (
    AppRunnerMicroservice,
    FargateMicroservice,
    FrontDoorLink,
    LambdaMicroservice,
    OwnDomain,
    PromotedImage,
    RepositorySource,
    ServiceSpec,
)

SPEC = ServiceSpec(name="bills")
IMAGE = PromotedImage(repository_name="bills", digest="sha256:" + "0" * 64)
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/1"
WATCHED = cdk.Duration.minutes(10)


def add_options(app: Any) -> None:
    """Add all of them."""
    network = cdk.Stack(app, "OptionsNetwork")
    vpc = ec2.Vpc(network, "Vpc", max_azs=2, restrict_default_security_group=False)
    vpc.add_flow_log("FlowLog")
    cluster = ecs.Cluster(network, "Cluster", vpc=vpc, container_insights_v2=ecs.ContainerInsights.ENABLED)
    link = FrontDoorLink(network, "Link", vpc=vpc)
    on_own_domain(cdk.Stack(app, "OwnDomain"), cluster)
    fargate = cdk.Stack(app, "BlueGreenFargate")
    FargateMicroservice(
        fargate,
        "Bills",
        spec=SPEC,
        image=IMAGE,
        cluster=cluster,
        entrance=link,
        health_command=["/well"],
        blue_green=WATCHED,
    )
    function = cdk.Stack(app, "BlueGreenLambda")
    LambdaMicroservice(function, "Bills", spec=SPEC, image=IMAGE, command=["handler"], blue_green=WATCHED)
    from_source(cdk.Stack(app, "FromSource"))


def on_own_domain(stack: cdk.Stack, cluster: ecs.ICluster) -> None:
    """At a domain of one's own."""
    zone = route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id="Z0000000000000", zone_name="example.com"
    )
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)
    domain = OwnDomain(name="bills.example.com", zone=zone, certificate=certificate)
    service = FargateMicroservice(
        stack, "Bills", spec=SPEC, image=IMAGE, cluster=cluster, entrance=domain, health_command=["/well"]
    )
    cdk.CfnOutput(stack, "Url", value=service.url)


def from_source(stack: cdk.Stack) -> None:
    """App Runner builds a repository."""
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
