"""Options of the targets' constructs, and another value of each one."""

import dataclasses
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns

from microservice import CustomDomain, Image, InstanceType, PromotedImage, ScheduledCapacity, Sidecar, SourceImage
from updates.variants import Argument, constructs

TOPIC = "arn:aws:sns:us-east-1:000000000000:alarms"
_WEB_ACL = "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/team/1"
_CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/1"
# Arguments that are no option: another spec is a field, and another cluster or VPC is another service.
_NOT_OPTIONS = frozenset({"spec", "cluster", "vpc"})


def target_options() -> Mapping[str, list[str]]:
    """Return target -> names of its construct's arguments that are options."""
    return {
        target: [
            each.name
            for each in inspect.signature(construct.__init__).parameters.values()
            if each.kind is each.KEYWORD_ONLY and each.name not in _NOT_OPTIONS
        ]
        for target, construct in constructs().items()
    }


def option_values() -> Mapping[str, Argument]:
    """Return option -> another value; made with its construct, because it may be a resource."""
    return {
        "alarm_topic": lambda scope, _given: sns.Topic.from_topic_arn(scope, "AlarmTopic", TOPIC),
        "blue_green_bake_time": lambda _scope, _given: cdk.Duration.minutes(10),
        "canary_interval": lambda _scope, _given: cdk.Duration.minutes(10),
        "command": lambda _scope, given: [*given["command"], "--verbose"],
        "customize_manifests": lambda _scope, _given: _with_annotation,
        "execute_command": lambda _scope, given: not given.get("execute_command", False),
        "existing_namespace": lambda _scope, _given: "team",
        "fargate_spot": lambda _scope, given: not given.get("fargate_spot", False),
        "file_systems": lambda scope, _given: {"/data": _access_point(scope)},
        "image": lambda _scope, given: _other_image(given["image"]),
        "ingress": lambda scope, _given: _custom_domain(scope),
        "instance_type": lambda _scope, _given: InstanceType(name="m7i.large", cpus=2, memory_mib=8192),
        "load_balancer_security_group": lambda scope, _given: ec2.SecurityGroup.from_security_group_id(
            scope, "LoadBalancers", "sg-00000000"
        ),
        "max_concurrency": lambda _scope, _given: 50,
        "namespace": lambda scope, _given: f"own-{cdk.Stack.of(scope).stack_name.lower()}",
        "provisioned_concurrency": lambda _scope, _given: 1,
        "release": lambda _scope, given: not given.get("release", True),
        "reserved_concurrency": lambda _scope, _given: 5,
        "scheduled_capacity": lambda _scope, _given: [
            ScheduledCapacity(schedule="cron(0 7 ? * MON-FRI *)", min_instances=4, max_instances=20)
        ],
        "sidecars": lambda _scope, _given: [
            Sidecar(name="proxy", image=f"public.ecr.aws/team/proxy@sha256:{64 * 'a'}")
        ],
        "snap_start": lambda _scope, given: not given.get("snap_start", False),
        "subnets": lambda scope, _given: ec2.SubnetSelection(
            subnets=[
                ec2.Subnet.from_subnet_attributes(
                    scope,
                    f"Subnet{number}",
                    subnet_id=f"subnet-0000000{number}",
                    availability_zone=f"us-east-1{zone}",
                    route_table_id=f"rtb-0000000{number}",
                )
                for number, zone in enumerate("ab")
            ]
        ),
        "target_requests_per_minute": lambda _scope, _given: 600,
        "platform_version": lambda _scope, _given: "4.14.0",
        "web_acl_arn": lambda _scope, _given: _WEB_ACL,
    }


def with_web_acl(scope: Any, _given: Any) -> CustomDomain:
    """Return another value of `ingress`, with a web ACL."""
    domain = _custom_domain(scope)
    domain.web_acl_arn = _WEB_ACL
    return domain


def has_default(option: str) -> bool:
    """Return whether an option has a default, to which it can be reset."""
    return any(
        each.name == option and each.default is not each.empty
        for construct in constructs().values()
        for each in inspect.signature(construct.__init__).parameters.values()
    )


def rounds(options: Mapping[str, Sequence[str]], names: Sequence[str]) -> Iterator[set[str]]:
    """Yield sets of options, no two of which belong to one target.

    Args:
        options: target -> names of its options.
        names: the options.
    """
    waiting = list(names)
    while waiting:
        chosen: set[str] = set()
        for option in list(waiting):
            taken = {target for target, found in options.items() if chosen & set(found)}
            if not any(option in found for target, found in options.items() if target in taken):
                chosen.add(option)
                waiting.remove(option)
        yield chosen


def _with_annotation(manifests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add an annotation to the pods, as agents of other vendors need it."""
    for manifest in manifests:
        if manifest["kind"] == "Deployment":
            metadata = manifest["spec"]["template"]["metadata"]
            metadata["annotations"] = {**metadata.get("annotations", {}), "example.com/collect": "true"}
    return manifests


def _other_image(image: Image) -> Image:
    if isinstance(image, SourceImage):
        return dataclasses.replace(image, build_args={**image.build_args, "VERSION": "2"})
    return PromotedImage(repository_name="orders", digest=f"sha256:{'1' * 64}")


def _access_point(scope: Any) -> efs.IAccessPoint:
    group = ec2.SecurityGroup.from_security_group_id(scope, "FilesGroup", "sg-00000001")
    file_system = efs.FileSystem.from_file_system_attributes(
        scope, "Files", file_system_id="fs-00000000", security_group=group
    )
    return efs.AccessPoint.from_access_point_attributes(
        scope, "AccessPoint", access_point_id="fsap-00000000", file_system=file_system
    )


def _custom_domain(scope: Any) -> CustomDomain:
    zone = route53.HostedZone.from_hosted_zone_attributes(
        scope, "Zone", hosted_zone_id="Z0000000000000", zone_name="example.com"
    )
    certificate = acm.Certificate.from_certificate_arn(scope, "Certificate", _CERTIFICATE)
    return CustomDomain(
        name=f"{cdk.Stack.of(scope).stack_name.lower()}.example.com", zone=zone, certificate=certificate
    )
