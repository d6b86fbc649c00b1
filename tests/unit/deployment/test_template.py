"""The reader of CloudFormation templates."""

import json
from pathlib import Path
from typing import Any

import pytest

from deployment.assembly import Stack, Target
from deployment.template import TargetTemplates, Template, as_text, resolved, strip_hashes

ASSET = "0" * 62 + "af"


def template(tmp_path: Path, **resources: dict[str, Any]) -> Template:
    file = tmp_path / "Bills.template.json"
    file.write_text(json.dumps({"Resources": resources}))
    files = {
        path.name: {"source": {"path": path.name}, "destinations": {"one": {"objectKey": f"{path.suffix[1:]}.zip"}}}
        for path in tmp_path.glob("asset.*")
    }
    (tmp_path / "Bills.assets.json").write_text(json.dumps({"files": files}))
    return Template.load(Stack(name="Bills", template=file, resources=len(resources), depends_on=()))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"Ref": "Bucket1A2B3C4D"}, "Bucket"),
        ({"Ref": "AWS::Region"}, "<Region>"),
        ({"Fn::GetAtt": ["Role1A2B3C4D", "Arn"]}, "Role.Arn"),
        ({"Fn::GetAtt": "Role1A2B3C4D.Arn"}, "Role.Arn"),
        ({"Fn::Sub": "${AWS::AccountId}.dkr/orders:" + ASSET}, "<AccountId>.dkr/orders:<asset>"),
        ({"Fn::Join": ["/", ["a", {"Ref": "B1A2B3C4D"}]]}, "a/B"),
        ({"Fn::ImportValue": "Net:ExportsOutputRefVpc8378EB38272D6E3A"}, "Net/Vpc"),
        ({"Fn::ImportValue": "Data:ExportsOutputFnGetAttOrdersA9B65338Arn17F87B9C"}, "Data/Orders.Arn"),
        ({"Fn::ImportValue": "written-by-hand"}, "written-by-hand"),
        ("FunctionCurrentVersionA60187F048ac0945c3eb0f77ca7b06194e669702", "FunctionCurrentVersion"),
        ("DEADBEEF stays, and so does ecs", "DEADBEEF stays, and so does ecs"),
    ],
)
def test_intrinsic_functions_become_text(value: Any, text: str) -> None:
    assert as_text(value) == text


def test_json_that_a_function_composes_is_parsed() -> None:
    joined = {"Fn::Join": ["", ['{"role": "', {"Fn::GetAtt": ["Role1A2B3C4D", "Arn"]}, '", "many": [1, 2]}']]}
    assert resolved({"Values": joined}) == {"Values": {"role": "Role.Arn", "many": [1, 2]}}


def test_names_that_differ_only_in_their_hash_become_equal() -> None:
    assert strip_hashes("OrdersRoleF1878990") == strip_hashes("OrdersRole0A8CD4E1") == "OrdersRole"


def test_a_resource_has_the_construct_path_of_the_metadata(tmp_path: Path) -> None:
    entry = [{"type": "aws:cdk:logicalId", "data": "OrdersServiceD066556E"}]
    (tmp_path / "Bills.metadata.json").write_text(json.dumps({"/Bills/Orders/Service/Service/Resource": entry}))
    found = template(tmp_path, OrdersServiceD066556E={"Type": "A"}, Lonely1A2B3C4D={"Type": "B"})
    assert [one.construct_path for one in found.resources] == ["Orders/Service", "Lonely"]


def test_references_and_imports_of_a_resource(tmp_path: Path) -> None:
    policy = {"Roles": [{"Ref": "Role"}], "Statement": {"Fn::GetAtt": ["Logs", "Arn"]}}
    imported = {"Vpc": {"Fn::ImportValue": "Net:ExportsOutputRefVpc8378EB38272D6E3A"}}
    found = template(tmp_path, Policy={"Type": "P", "Properties": policy}, S={"Type": "S", "Properties": imported})
    assert found.resources[0].references == {"Roles": {"Role"}, "Statement": {"Logs"}}
    assert found.resources[0].referenced_ids == {"Role", "Logs"}
    assert found.resources[1].imported_stacks == {"Net"}


def test_resolved_properties_include_the_update_policy(tmp_path: Path) -> None:
    group = {"Type": "G", "Properties": {"Role": {"Ref": "Role1A2B3C4D"}}, "UpdatePolicy": {"Replace": True}}
    [found] = template(tmp_path, Group=group).resources
    assert found.resolved == {"Role": "Role", "UpdatePolicy": {"Replace": True}}
    assert found.properties == {"Role": {"Ref": "Role1A2B3C4D"}}


def test_the_cdks_own_metadata_is_no_resource(tmp_path: Path) -> None:
    assert template(tmp_path, CDKMetadata={"Type": "AWS::CDK::Metadata"}).resources == ()


def test_lines_are_counted_in_one_layout(tmp_path: Path) -> None:
    found = template(tmp_path, Service={"Type": "AWS::ECS::Service"})
    assert found.line_count == 7
    (tmp_path / "Bills.template.json").write_text(json.dumps(found.content, indent=8))
    stack = Stack(name="Bills", template=tmp_path / "Bills.template.json", resources=1, depends_on=())
    assert Template.load(stack).line_count == 7


def test_the_compose_file_is_that_of_the_source_bundle(tmp_path: Path) -> None:
    bundle = {"SourceBundle": {"S3Bucket": "b", "S3Key": "1a.zip"}}
    version = {"Type": "AWS::ElasticBeanstalk::ApplicationVersion", "Properties": bundle}
    assert template(tmp_path, Version=version).compose_file == ""
    (tmp_path / "asset.1a").mkdir()
    (tmp_path / "asset.1a" / "docker-compose.yml").write_text("services: {}")
    assert template(tmp_path, Version=version).compose_file == "services: {}"
    assert template(tmp_path, Bucket={"Type": "AWS::S3::Bucket"}).compose_file == ""


def test_a_reference_is_followed_into_other_stacks() -> None:
    export = {"Value": {"Fn::GetAtt": ["Table", "Arn"]}, "Export": {"Name": "Data:Table"}}
    shared = {"Resources": {"Table": {"Type": "T"}}, "Outputs": {"Out": export}}
    own = {"Resources": {"Policy": {"Type": "P", "Properties": {"Arn": {"Fn::ImportValue": "Data:Table"}}}}}
    target = Target(id="target", construct="", stack="Own", logical_ids=("Policy",))
    found = TargetTemplates(target, {"Own": Template.parse("Own", own), "Data": Template.parse("Data", shared)})
    policy, table = found.resources
    assert found.follow(policy, policy.properties["Arn"]) == table
    assert found.follow(policy, {"Fn::ImportValue": "Data:Other"}) is None
    assert found.follow(policy, "text") is None
    assert found.refers(policy, table)
    assert (found.is_shared(policy), found.is_shared(table)) == (False, True)
    assert (found.own("T"), found.all("T")) == ([], [table])
