"""Findings about resources: lost, colliding, and properties that cannot change."""

from typing import Any

import pytest

from tests.unit.updates.samples import ELB, change_set, exported, findings, kinds, template
from updates.findings import Finding, Kind
from updates.limits import REVISIONS
from updates.resources import resource_findings
from updates.schemas import is_known, schema

BEANSTALK = "AWS::ElasticBeanstalk::Environment"


def test_a_renamed_repository_is_replaced_and_takes_its_images_away() -> None:
    before, after = (
        template(Images=("AWS::ECR::Repository", {"RepositoryName": name})) for name in ("orders", "bills")
    )
    [found] = findings(before, after)
    assert (found.kind, found.property) == (Kind.REPLACEMENT, "RepositoryName")
    assert found.cascade == ("Service/Images AWS::ECR::Repository: RepositoryName",)


@pytest.mark.parametrize(
    ("type_", "property_"),
    [
        (f"{ELB}LoadBalancer", "Scheme"),
        (f"{ELB}TargetGroup", "Port"),
        ("AWS::ECS::Service", "Cluster"),
        ("AWS::ECS::ExpressGatewayService", "InfrastructureRoleArn"),
        ("AWS::AppRunner::Service", "ServiceName"),
        (BEANSTALK, "SolutionStackName"),
        ("AWS::EKS::Cluster", "RoleArn"),
        ("AWS::DynamoDB::Table", "TableName"),
        ("AWS::SecretsManager::Secret", "Name"),
        ("AWS::Lambda::Url", "Qualifier"),
        ("AWS::ApiGatewayV2::Api", "ProtocolType"),
        ("AWS::EKS::FargateProfile", "Selectors"),
        ("AWS::XRay::SamplingRule", "SamplingRule/Version"),
    ],
)
def test_a_replaced_part_of_a_service_is_a_finding(type_: str, property_: str) -> None:
    def stack(value: Any) -> dict[str, Any]:
        *outer, last = property_.split("/")
        properties: dict[str, Any] = {last: value}
        for name in reversed(outer):
            properties = {name: properties}
        return template(One=(type_, properties))

    assert (Kind.REPLACEMENT, type_, property_) in kinds(stack("a"), stack("b"))


@pytest.mark.parametrize("type_", ["AWS::DynamoDB::Table", "AWS::Logs::LogGroup", "AWS::ECS::Service"])
def test_a_removed_part_of_a_service_is_a_finding(type_: str) -> None:
    assert kinds(template(One=(type_, {})), template()) == [(Kind.REMOVAL, type_, "")]


def test_revisions_are_no_finding() -> None:
    def stack(image: str) -> dict[str, Any]:
        return template(Task=("AWS::ECS::TaskDefinition", {"ContainerDefinitions": [{"Image": image}]}))

    assert kinds(stack("a"), stack("b")) == []


def test_revisions_are_types_of_aws() -> None:
    assert [type_ for type_ in REVISIONS if type_ != "AWS::CDK::Metadata" and not is_known(type_)] == []


def test_the_type_of_a_resource_cannot_change() -> None:
    before, after = template(One=("AWS::SQS::Queue", {})), template(One=("AWS::SNS::Topic", {}))
    assert kinds(before, after) == [(Kind.IMMUTABLE, "AWS::SNS::Topic", "Type")]


def test_a_replaced_resource_with_a_fixed_name_collides_with_itself() -> None:
    before, after = (
        template(Cluster=("AWS::EKS::Cluster", {"Name": "orders", "RoleArn": role})) for role in ("role/a", "role/b")
    )
    assert [kind for kind, _, _ in kinds(before, after)] == [Kind.COLLISION, Kind.REPLACEMENT]


def test_a_generated_name_collides_with_nothing() -> None:
    before, after = (template(Cluster=("AWS::EKS::Cluster", {"RoleArn": role})) for role in ("role/a", "role/b"))
    assert [kind for kind, _, _ in kinds(before, after)] == [Kind.REPLACEMENT]


def test_another_logical_id_with_the_same_name_collides() -> None:
    names = {"ClusterName": "orders", "Namespace": "orders", "ServiceAccount": "orders"}
    before = template(One=("AWS::EKS::PodIdentityAssociation", names))
    after = template(Other=("AWS::EKS::PodIdentityAssociation", names))
    assert [kind for kind, _, _ in kinds(before, after)] == [Kind.COLLISION, Kind.REMOVAL]
    moved = template(Other=("AWS::EKS::PodIdentityAssociation", {**names, "Namespace": "bills"}))
    assert [kind for kind, _, _ in kinds(before, moved)] == [Kind.REMOVAL]


def test_a_subnet_that_moves_to_another_zone_collides_with_its_own_addresses() -> None:
    before, after = (
        template(Subnet=("AWS::EC2::Subnet", {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/18", "AvailabilityZone": zone}))
        for zone in ("us-east-1a", "us-east-1c")
    )
    assert [kind for kind, _, _ in kinds(before, after)] == [Kind.COLLISION, Kind.REPLACEMENT]


def test_what_cloudformation_deletes_first_does_not_collide_with_itself() -> None:
    assert schema("AWS::EC2::VPCGatewayAttachment").is_deleted_first
    assert not schema("AWS::EKS::Cluster").is_deleted_first


def test_a_record_without_a_set_identifier_has_a_name() -> None:
    record = {"Name": "a.example.com.", "HostedZoneId": "Z1", "Type": "A"}
    before, after = template(One=("AWS::Route53::RecordSet", record)), template(Two=("AWS::Route53::RecordSet", record))
    assert Kind.COLLISION in [kind for kind, _, _ in kinds(before, after)]


def test_names_that_x_ray_keeps_are_found() -> None:
    def stack(name: str) -> dict[str, Any]:
        rule = {"SamplingRule": {"RuleName": name, "Priority": 1}}
        return template(Group=("AWS::XRay::Group", {"GroupName": name}), Rule=("AWS::XRay::SamplingRule", rule))

    assert kinds(stack("orders"), stack("bills")) == [
        (Kind.NOT_APPLIED, "AWS::XRay::Group", "GroupName"),
        (Kind.NOT_APPLIED, "AWS::XRay::SamplingRule", "SamplingRule/RuleName"),
    ]


def environment(**values: str) -> dict[str, Any]:
    settings = [
        {"Namespace": "aws:ec2:instances", "OptionName": "SupportedArchitectures", "Value": values["architecture"]},
        {"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize", "Value": values["minimum"]},
    ]
    return template(Environment=(BEANSTALK, {"OptionSettings": settings}))


def test_options_of_an_environment_that_are_set_at_creation_are_found() -> None:
    before = environment(architecture="x86_64", minimum="2")
    assert kinds(before, environment(architecture="arm64", minimum="2")) == [
        (Kind.IMMUTABLE, BEANSTALK, "SupportedArchitectures")
    ]
    assert kinds(before, environment(architecture="x86_64", minimum="3")) == []


def test_an_export_in_use_is_found_with_its_stack() -> None:
    user = template(Link=("AWS::SQS::Queue", {"KmsMasterKeyId": {"Fn::ImportValue": "Service:Key"}}))
    before, after = (template(exported("Service:Key", value), Queue=("AWS::SQS::Queue", {})) for value in ("a", "b"))
    found: list[Finding] = list(resource_findings(change_set(before, after, User=user)))
    assert [(one.kind, one.stack, one.logical_id) for one in found] == [(Kind.EXPORT_IN_USE, "Service", "Service:Key")]
