"""Change sets: in place or replaced, with cascades within a stack and across stacks."""

from typing import Any

import pytest

from tests.unit.updates.samples import change_set, exported, template
from updates.change_set import Action, ChangeSet
from updates.templates import App, Resolver

QUEUE, FUNCTION, ROLE = "AWS::SQS::Queue", "AWS::Lambda::Function", "AWS::IAM::Role"


def actions(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Action]:
    return {change.logical_id: change.action for change in change_set(before, after).changes.values()}


def test_equal_templates_have_no_changes() -> None:
    one = template(Queue=(QUEUE, {"VisibilityTimeout": 30}))
    assert actions(one, one) == {}


def test_a_property_changes_in_place_unless_the_schema_makes_it_create_only() -> None:
    before = template(
        Queue=(QUEUE, {"VisibilityTimeout": 30}), Repository=("AWS::ECR::Repository", {"RepositoryName": "a"})
    )
    after = template(
        Queue=(QUEUE, {"VisibilityTimeout": 60}), Repository=("AWS::ECR::Repository", {"RepositoryName": "b"})
    )
    assert actions(before, after) == {"Queue": Action.MODIFIED, "Repository": Action.REPLACED}


def test_a_nested_create_only_property_replaces_and_its_neighbour_does_not() -> None:
    def cluster(**network: str) -> dict[str, Any]:
        return template(Cluster=("AWS::EKS::Cluster", {"KubernetesNetworkConfig": network}))

    before = cluster(IpFamily="ipv4", ElasticLoadBalancing="a")
    assert actions(before, cluster(IpFamily="ipv6", ElasticLoadBalancing="a")) == {"Cluster": Action.REPLACED}
    assert actions(before, cluster(IpFamily="ipv4", ElasticLoadBalancing="b")) == {"Cluster": Action.MODIFIED}
    assert actions(before, template(Cluster=("AWS::EKS::Cluster", {}))) == {"Cluster": Action.REPLACED}


def test_tags_replace_where_the_schema_says_that_they_cannot_be_updated() -> None:
    tag = [{"Key": "team", "Value": "orders"}]
    for type_ in ("AWS::ECS::ExpressGatewayService", "AWS::AppRunner::Service"):
        assert actions(template(One=(type_, {})), template(One=(type_, {"Tags": tag}))) == {"One": Action.REPLACED}
    assert actions(template(One=(QUEUE, {})), template(One=(QUEUE, {"Tags": tag}))) == {"One": Action.MODIFIED}


@pytest.mark.parametrize(
    "reference",
    [
        {"Ref": "Role"},
        {"Fn::GetAtt": ["Role", "Arn"]},
        {"Fn::Sub": "${Role.Arn}"},
        {"Fn::Sub": ["${Other}", {"Other": {"Ref": "Role"}}]},
        {"Fn::Join": ["", ["x", {"Ref": "Role"}]]},
        {"Fn::Select": [0, {"Fn::Split": ["/", {"Ref": "Role"}]}]},
    ],
    ids=str,
)
def test_a_replaced_resource_changes_its_users(reference: Any) -> None:
    def stack(path: str) -> dict[str, Any]:
        return template(Role=(ROLE, {"Path": path}), Function=(FUNCTION, {"Role": reference}))

    found = change_set(stack("/a/"), stack("/b/"))
    user = found.changes["Service", "Function"]
    assert user.action is Action.MODIFIED
    assert user.properties[0].causes[0][:2] == ("Service", "Role")
    assert found.cascade(user) == ("Service/Role AWS::IAM::Role: Path", f"Service/Function {FUNCTION}: Role")


def test_a_cascade_replaces_users_of_users() -> None:
    def stack(zone: str) -> dict[str, Any]:
        return template(
            Subnet=("AWS::EC2::Subnet", {"AvailabilityZone": zone}),
            Nat=("AWS::EC2::NatGateway", {"SubnetId": {"Ref": "Subnet"}}),
            Route=("AWS::EC2::Route", {"RouteTableId": "rtb", "NatGatewayId": {"Ref": "Nat"}}),
        )

    found = change_set(stack("a"), stack("b"))
    assert {key[1]: change.action for key, change in found.changes.items()} == {
        "Subnet": Action.REPLACED,
        "Nat": Action.REPLACED,
        "Route": Action.MODIFIED,
    }
    assert [entry.split(" ")[0] for entry in found.cascade(found.changes["Service", "Route"])] == [
        "Service/Subnet",
        "Service/Nat",
        "Service/Route",
    ]


def test_a_resource_that_is_updated_in_place_keeps_its_attributes() -> None:
    def stack(timeout: int) -> dict[str, Any]:
        return template(
            Queue=(QUEUE, {"VisibilityTimeout": timeout}),
            Function=(FUNCTION, {"Role": {"Fn::GetAtt": ["Queue", "Arn"]}}),
        )

    assert actions(stack(1), stack(2)) == {"Queue": Action.MODIFIED}


def test_a_launch_template_has_another_version_when_its_data_changes() -> None:
    def stack(type_: str) -> dict[str, Any]:
        version = {"Fn::GetAtt": ["Template", "LatestVersionNumber"]}
        group = {"LaunchTemplate": {"LaunchTemplateId": {"Ref": "Template"}, "Version": version}}
        return template(
            Template=("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {"InstanceType": type_}}),
            Group=("AWS::AutoScaling::AutoScalingGroup", group),
        )

    found = change_set(stack("t3.small"), stack("t3.large"))
    assert [one.path for one in found.changes["Service", "Group"].properties] == ["LaunchTemplate/Version"]
    assert {change.action for change in found.changes.values()} == {Action.MODIFIED}


def test_an_auto_scaling_group_is_replaced_only_by_its_update_policy() -> None:
    def stack(zones: list[str], policy: dict[str, Any]) -> dict[str, Any]:
        type_ = "AWS::AutoScaling::AutoScalingGroup"
        return template(Group={"Type": type_, "Properties": {"VPCZoneIdentifier": zones}, "UpdatePolicy": policy})

    replacing = {"AutoScalingReplacingUpdate": {"WillReplace": True}}
    assert actions(stack(["a"], {}), stack(["b"], {})) == {"Group": Action.MODIFIED}
    assert actions(stack(["a"], replacing), stack(["b"], replacing)) == {"Group": Action.REPLACED}


def test_an_attribute_that_repeats_a_property_changes_with_the_property_only() -> None:
    def stack(tenancy: str, block: str) -> dict[str, Any]:
        return template(
            Vpc=("AWS::EC2::VPC", {"CidrBlock": block, "InstanceTenancy": tenancy}),
            Function=(FUNCTION, {"Description": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}}),
        )

    assert actions(stack("default", "10.0.0.0/16"), stack("dedicated", "10.0.0.0/16")) == {"Vpc": Action.REPLACED}
    assert len(actions(stack("default", "10.0.0.0/16"), stack("default", "10.1.0.0/16"))) == 2


def test_values_cross_stacks_through_exports() -> None:
    def network(group: str) -> dict[str, Any]:
        resources = {"Group": ("AWS::EC2::SecurityGroup", {"GroupDescription": group})}
        return template(exported("Network:Group", {"Ref": "Group"}), **resources)

    service = template(
        Link=("AWS::ApiGatewayV2::VpcLink", {"SecurityGroupIds": [{"Fn::ImportValue": "Network:Group"}]})
    )
    before = App({"Network": network("a"), "Service": service})
    found = ChangeSet(before, App({"Network": network("b"), "Service": service}))
    assert found.changes["Service", "Link"].action is Action.REPLACED
    assert found.rejected_exports == ("Network:Group",)
    assert ChangeSet(before, before).rejected_exports == ()


def test_an_export_may_disappear_with_its_last_import_only_in_a_later_deployment() -> None:
    network = template(exported("Network:Group", "sg-1"), Group=("AWS::EC2::SecurityGroup", {}))
    without = template(Group=("AWS::EC2::SecurityGroup", {}))
    service = template(
        Link=("AWS::ApiGatewayV2::VpcLink", {"SecurityGroupIds": [{"Fn::ImportValue": "Network:Group"}]})
    )
    own = template(Link=("AWS::ApiGatewayV2::VpcLink", {"SecurityGroupIds": []}))
    update = ChangeSet(App({"Network": network, "Service": service}), App({"Network": without, "Service": own}))
    assert update.rejected_exports == ("Network:Group",)
    later = ChangeSet(App({"Network": network, "Service": own}), App({"Network": without, "Service": own}))
    assert later.rejected_exports == ()


def parameterised(type_: str = "String") -> dict[str, Any]:
    found = template(Environment=("AWS::ElasticBeanstalk::Environment", {"SolutionStackName": {"Ref": "Version"}}))
    return {**found, "Parameters": {"Version": {"Type": type_, "Default": "1"}}}


@pytest.mark.parametrize("type_", ["String", "AWS::SSM::Parameter::Value<String>"])
def test_a_parameter_has_its_default_or_the_given_value(type_: str) -> None:
    app = App({"Service": parameterised(type_)})
    same = App({"Service": parameterised(type_)}, {"Service": {"Version": "1"}})
    other = App({"Service": parameterised(type_)}, {"Service": {"Version": "2"}})
    assert not ChangeSet(app, same).changes
    assert ChangeSet(app, other).changes["Service", "Environment"].action is Action.REPLACED


def conditional(value: str) -> dict[str, Any]:
    resource = {"Type": QUEUE, "Condition": "IsLarge", "Properties": {"VisibilityTimeout": 1}}
    sized = {"VisibilityTimeout": {"Fn::If": ["IsLarge", 60, {"Ref": "AWS::NoValue"}]}}
    return {
        **template(Large=resource, Sized=(QUEUE, sized)),
        "Parameters": {"Size": {"Type": "String", "Default": value}},
        "Conditions": {"IsLarge": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Size"}, "small"]}]}},
    }


def test_conditions_decide_about_resources_and_values() -> None:
    found = change_set(conditional("small"), conditional("large")).changes
    assert found["Service", "Large"].action is Action.ADDED
    assert (found["Service", "Sized"].before, found["Service", "Sized"].after) == ({}, {"VisibilityTimeout": 60})


def test_a_condition_on_a_pseudo_parameter_stays_open() -> None:
    found = conditional("small")
    found["Conditions"] = {"IsLarge": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}}
    resolver = Resolver(App({"Service": found}))
    assert resolver.properties("Service", found["Resources"]["Sized"]) == {
        "VisibilityTimeout": {"Fn::If": ["IsLarge", 60, None]}
    }
    assert resolver.exists("Service", found["Resources"]["Large"])


def test_maps_are_looked_up() -> None:
    found = {**template(), "Mappings": {"Sizes": {"small": {"seconds": 1}}}}
    resolver = Resolver(App({"Service": found}))
    assert resolver.resolve("Service", {"Fn::FindInMap": ["Sizes", "small", "seconds"]}) == 1
    region = {"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "seconds"]}
    assert resolver.resolve("Service", region) == {"Fn::FindInMap": ["Sizes", "${AWS::Region}", "seconds"]}
