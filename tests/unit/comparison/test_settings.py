"""What templates say, in words; each way to run a container says it somewhere else."""

import json
from pathlib import Path
from typing import Any

import pytest
from comparison.templates import Template, as_text, read, resolved, strip_hashes
from comparison.templates.limits import (
    architecture,
    container_ports,
    log_destination,
    log_groups,
    request_timeout_s,
    retained_resources,
    trace_sampling_percent,
)
from comparison.templates.network import open_ports, public_endpoints, replica_addresses
from comparison.templates.permissions import roles, summarize_actions, without_account
from comparison.templates.placement import instance_type_of
from comparison.templates.rollout import rollout
from comparison.templates.scaling import Scaling, scaling

from deployment.assembly import Stack

HASH = "0" * 62 + "af"


def template(tmp_path: Path, **resources: dict[str, Any]) -> Template:
    file = tmp_path / "Bills.template.json"
    file.write_text(json.dumps({"Resources": resources}))
    return read(Stack(name="Bills", template=file, resources=len(resources), depends_on=()))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"Ref": "Bucket1A2B3C4D"}, "Bucket"),
        ({"Ref": "AWS::Region"}, "<Region>"),
        ({"Fn::GetAtt": ["Role1A2B3C4D", "Arn"]}, "Role.Arn"),
        ({"Fn::GetAtt": "Role1A2B3C4D.Arn"}, "Role.Arn"),
        ({"Fn::Sub": "${AWS::AccountId}.dkr/orders:" + HASH}, "<AccountId>.dkr/orders:<asset>"),
        ({"Fn::Join": ["/", ["a", {"Ref": "B1A2B3C4D"}]]}, "a/B"),
        ({"Fn::ImportValue": "Net:ExportsOutputRefVpc8378EB38272D6E3A"}, "Net/Vpc"),
        ({"Fn::ImportValue": "Data:ExportsOutputFnGetAttOrdersA9B65338Arn17F87B9C"}, "Data/Orders.Arn"),
        ({"Fn::ImportValue": "written-by-hand"}, "written-by-hand"),
        ("FunctionCurrentVersionA60187F048ac0945c3eb0f77ca7b06194e669702", "FunctionCurrentVersion"),
        ("DEADBEEF stays, and so does ecs", "DEADBEEF stays, and so does ecs"),
    ],
)
def test_a_value_reads_as_people_write_it(value: Any, documented: str) -> None:
    assert as_text(value) == documented


def test_json_that_a_function_puts_together_is_opened() -> None:
    joined = {"Fn::Join": ["", ['{"role": "', {"Fn::GetAtt": ["Role1A2B3C4D", "Arn"]}, '", "many": [1, 2]}']]}
    assert resolved({"Values": joined}) == {"Values": {"role": "Role.Arn", "many": [1, 2]}}


def test_the_same_name_with_another_hash_reads_the_same() -> None:
    assert strip_hashes("OrdersRoleF1878990") == strip_hashes("OrdersRole0A8CD4E1") == "OrdersRole"


def test_a_resource_stands_where_the_construct_tree_has_it(tmp_path: Path) -> None:
    entry = [{"type": "aws:cdk:logicalId", "data": "OrdersServiceD066556E"}]
    (tmp_path / "Bills.metadata.json").write_text(json.dumps({"/Bills/Orders/Service/Service/Resource": entry}))
    found = template(tmp_path, OrdersServiceD066556E={"Type": "A"}, Lonely1A2B3C4D={"Type": "B"})
    assert [one.construct_path for one in found.resources] == ["Orders/Service", "Lonely"]


def test_who_names_whom(tmp_path: Path) -> None:
    policy = {"Roles": [{"Ref": "Role"}], "Statement": {"Fn::GetAtt": ["Logs", "Arn"]}}
    imported = {"Vpc": {"Fn::ImportValue": "Net:ExportsOutputRefVpc8378EB38272D6E3A"}}
    found = template(tmp_path, Policy={"Type": "P", "Properties": policy}, S={"Type": "S", "Properties": imported})
    assert found.resources[0].references == {"Roles": {"Role"}, "Statement": {"Logs"}}
    assert found.resources[1].imported_stacks == {"Net"}


def test_every_target_says_how_it_scales(facts: Any) -> None:
    found = {target.id: target.scaling for target in facts.targets}
    assert None not in found.values()
    assert found["lambda"] == Scaling(min_replicas=0, max_replicas=10, metric="requests in flight, one a copy")
    assert found["ecs-fargate"] == Scaling(min_replicas=2, max_replicas=10, metric="processors at 60 %")
    assert all(one.min_replicas == 2 and one.max_replicas == 10 for name, one in found.items() if name != "lambda")


def test_what_names_no_scaling_has_none(tmp_path: Path) -> None:
    assert scaling(template(tmp_path, Bucket={"Type": "AWS::S3::Bucket"})) is None


def test_only_the_platforms_that_decide_themselves_leave_the_rollout_out_of_the_template(facts: Any) -> None:
    silent = {target.id for target in facts.targets if rollout(target.template) is None}
    assert silent == {"ecs-express", "app-runner"}


def test_lambda_alone_goes_back_by_nothing(facts: Any) -> None:
    found = {target.id: rollout(target.template) for target in facts.targets}
    assert {name for name, one in found.items() if one and one.rollback_trigger == "nothing"} == {"lambda"}
    assert "alarm" in found["ecs-fargate"].rollback_trigger


def test_lambda_goes_back_by_alarm_where_it_is_deployed_with_blue_green(facts: Any, tmp_path: Path) -> None:
    shifted = template(
        tmp_path,
        Alias={"Type": "AWS::Lambda::Alias"},
        Deployment={"Type": "AWS::CodeDeploy::DeploymentGroup"},
    )
    found = rollout(shifted)
    assert found
    assert "blue_green" in facts.target("lambda").options
    [table] = [table for table in facts.tables if table.id == "rollout"]
    documented = [cell.text for cell in table.rows["lambda"]]
    assert f"nothing; with `blue_green`, {found.rollback_trigger}" in documented
    assert not [line for name, line in table.rows.items() if name != "lambda" and "blue_green" in line[1].text]


def test_the_way_in_and_the_copies_addresses(facts: Any) -> None:
    template = facts.target("ecs-fargate").template
    assert public_endpoints(template) == ("HTTP API, no authorizer", "internal load balancer")
    assert replica_addresses(template) == "private"
    assert open_ports(template) == ("80 from HTTP APIs of this VPC", "8080 from the load balancer")
    assert replica_addresses(facts.target("ecs-express").template) == "public"
    assert replica_addresses(facts.target("lambda").template) == "outside any VPC of yours"
    assert {replica_addresses(target.template) for target in facts.targets} == {
        "private",
        "public",
        "outside any VPC of yours",
    }


def test_nothing_is_open_to_the_world(facts: Any) -> None:
    assert not [rule for target in facts.targets for rule in open_ports(target.template) if "0.0.0.0" in rule]


def test_limits_that_a_template_sets(facts: Any) -> None:
    function = facts.target("lambda").template
    assert (request_timeout_s(function), container_ports(function), architecture(function)) == (29, (), "x86_64")
    assert all(container_ports(target.template) == (8080,) for target in facts.targets if target.id != "lambda")
    assert architecture(facts.target("eks-auto").template) == "x86_64"
    assert trace_sampling_percent(facts.target("ecs-fargate").template) == 5
    assert dict(log_groups(facts.target("beanstalk").template))["Beanstalk's own"] == 30


def test_every_target_traces_the_same_share_whoever_carries_it(facts: Any) -> None:
    assert {trace_sampling_percent(target.template) for target in facts.targets} == {5}


def test_a_bundle_is_read_where_the_template_names_it(tmp_path: Path) -> None:
    compose_file = {"SourceBundle": {"S3Bucket": "b", "S3Key": "1a.zip"}}
    version = {"Type": "AWS::ElasticBeanstalk::ApplicationVersion", "Properties": bundle}
    assert template(tmp_path, Version=version).compose_file == ""
    (tmp_path / "asset.1a").mkdir()
    (tmp_path / "asset.1a" / "docker-compose.yml").write_text('- "OTEL_TRACES_SAMPLER_ARG=0.25"')
    assert trace_sampling_percent(template(tmp_path, Version=version)) == 25
    assert trace_sampling_percent(template(tmp_path, Bucket={"Type": "AWS::S3::Bucket"})) is None


def test_output_goes_to_cloudwatch_where_the_template_sends_it(facts: Any) -> None:
    silent = {target.id for target in facts.targets if not log_destination(target.template)}
    assert silent == {"eks-auto", "eks-fargate", "app-runner"}


def test_only_virtual_machines_of_your_own_have_a_type_in_the_template(facts: Any) -> None:
    found = {target.id: instance_type_of(target.template) for target in facts.targets}
    assert {name: kind for name, kind in found.items() if kind} == {"beanstalk": "t3.small", "ec2-podman": "t3.small"}


def test_a_policy_of_beanstalk_reads_as_words(facts: Any) -> None:
    found = rollout(facts.target("beanstalk").template)
    assert found
    assert found.strategy == "rolling with additional batch, 50 % of the instances at a time"


def test_what_a_template_keeps_is_found(tmp_path: Path) -> None:
    kept = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "RetainExceptOnCreate"}
    assert retained_resources(template(tmp_path, Bucket=kept, Other={"Type": "AWS::S3::Bucket"})) == ("Bucket",)


def test_the_code_has_one_role_and_its_wildcards_are_seen(facts: Any) -> None:
    for target in facts.targets:
        [own] = [role for role in target.roles if role.is_application_role]
        assert own == target.roles[0]
        assert any("*" in permission.wildcards for permission in own.permissions)
        assert any(wild.endswith("/index/*") for permission in own.permissions for wild in permission.wildcards)


def test_a_role_of_a_service_account_and_one_with_managed_policies(facts: Any) -> None:
    pods = facts.target("eks-fargate").roles
    assert pods[0].assumed_by == ("a service account of the cluster",)
    assert [role.managed_policies for role in pods if role.managed_policies] == [
        ("AmazonEKSFargatePodExecutionRolePolicy",)
    ]


def test_a_denial_is_no_permission(tmp_path: Path) -> None:
    statements = [
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": {"Fn::GetAtt": ["Table", "Arn"]}},
    ]
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    role = {
        "AssumeRolePolicyDocument": trust,
        "Policies": [{"PolicyDocument": {"Statement": statements}}],
    }
    [found] = roles(template(tmp_path, Role={"Type": "AWS::IAM::Role", "Properties": role}))
    assert [permission.actions for permission in found.permissions] == [("dynamodb:GetItem",)]
    assert found.permissions[0].wildcards == ()


def test_actions_are_counted_where_a_service_has_many_and_one_with_a_wildcard_is_named() -> None:
    assert summarize_actions(["a:One", "a:Two", "a:One"]) == ("a:One", "a:Two")
    assert summarize_actions(["a:One", "b:X", "a:Two", "a:*", "a:Three", "a:Four"]) == ("a:*", "a: 4 actions", "b:X")


def test_an_arn_keeps_every_account_but_the_stacks_own() -> None:
    assert without_account("arn:<Partition>:logs:<Region>:<AccountId>:log-group:/a/*") == "logs log-group:/a/*"
    assert without_account("arn:<Partition>:s3:::a-<AccountId>/*") == "s3 a-<AccountId>/*"
    for other in ("arn:aws:s3:::a/*", "arn:<Partition>:logs:<Region>:123456789012:log-group:/a/*", "Orders.Arn/*"):
        assert without_account(other) == other
