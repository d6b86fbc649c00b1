"""Stacks for the options of constructs that the app does not use, one stack for each option."""

import dataclasses
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_servicediscovery as servicediscovery

from microservice import (
    AppRunnerMicroservice,
    BeanstalkMicroservice,
    CustomDomain,
    Ec2PodmanMicroservice,
    FargateMicroservice,
    HttpApiVpcLink,
    InstanceType,
    LambdaMicroservice,
    PrivateIngress,
    PromotedImage,
    RepositorySource,
    ScheduledCapacity,
    ServiceSpec,
    SharedLoadBalancer,
    Sidecar,
)

SPEC = ServiceSpec(name="bills", health_command=["/well"])
IMAGE = PromotedImage(repository_name="bills", digest="sha256:" + "0" * 64)
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/1"
WEB_ACL = "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/team/1"
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
    services_on_one_load_balancer(cdk.Stack(app, "Shared"), cluster)
    private_services(cdk.Stack(app, "Private"), cluster)
    fargate_with_all_options(cdk.Stack(app, "AllOptions"), cluster, link)


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


def services_on_one_load_balancer(stack: cdk.Stack, cluster: ecs.ICluster) -> None:
    """Two services that share a load balancer with a web ACL."""
    domain = custom_domain(stack)
    shared = SharedLoadBalancer(
        stack, "Balancer", vpc=cluster.vpc, certificates=[domain.certificate], zone=domain.zone, web_acl_arn=WEB_ACL
    )
    for name in ("bills", "carts"):
        FargateMicroservice(
            stack,
            name.title(),
            spec=dataclasses.replace(SPEC, name=name),
            image=IMAGE,
            cluster=cluster,
            ingress=shared.route(host="shop.example.com", paths=[f"/{name}", f"/{name}/*"]),
        )


def private_services(stack: cdk.Stack, cluster: ecs.ICluster) -> None:
    """Two services for callers inside the VPC: everything in it over http, and one security group over https."""
    namespace = servicediscovery.PrivateDnsNamespace(stack, "Names", name="team.local", vpc=cluster.vpc)
    open_to_vpc = PrivateIngress(namespace=namespace, web_acl_arn=WEB_ACL)
    FargateMicroservice(stack, "Bills", spec=SPEC, image=IMAGE, cluster=cluster, ingress=open_to_vpc)
    zone = route53.PrivateHostedZone(stack, "Zone", zone_name="internal.example.com", vpc=cluster.vpc)
    certificate = acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)
    caller = ec2.SecurityGroup(stack, "Caller", vpc=cluster.vpc)
    restricted = PrivateIngress(name="carts.internal.example.com", zone=zone, certificate=certificate, callers=[caller])
    spec = dataclasses.replace(SPEC, name="carts")
    FargateMicroservice(stack, "Carts", spec=spec, image=IMAGE, cluster=cluster, ingress=restricted)


def fargate_with_all_options(stack: cdk.Stack, cluster: ecs.ICluster, link: HttpApiVpcLink) -> None:
    """Fargate with Spot capacity, ECS Exec, files on EFS, a sidecar, and scaling on requests and schedules."""
    file_system = efs.FileSystem(stack, "Files", vpc=cluster.vpc)
    FargateMicroservice(
        stack,
        "Bills",
        spec=SPEC,
        image=IMAGE,
        cluster=cluster,
        ingress=link,
        fargate_spot=True,
        execute_command=True,
        file_systems={"/data": file_system.add_access_point("Bills", path="/bills")},
        sidecars=[Sidecar(name="proxy", image=f"public.ecr.aws/team/proxy@sha256:{64 * 'a'}", port=5432)],
        target_requests_per_minute=600,
        scheduled_capacity=[
            ScheduledCapacity(schedule="cron(0 7 ? * MON-FRI *)", min_instances=4, max_instances=20),
        ],
    )
