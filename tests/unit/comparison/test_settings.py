"""Settings of templates, which each platform has in another place."""

from pathlib import Path
from typing import Any

from comparison.facts.settings import (
    ERROR_RATE_ALARM,
    NO_ROLLBACK,
    container_ports,
    log_destination,
    log_groups,
    open_ports,
    public_endpoints,
    replica_addresses,
    request_timeout_s,
    retained_resources,
    rollout,
    trace_sampling_percent,
)
from deployment.template import Template


def template(*, directory: Path | None = None, **resources: dict[str, Any]) -> Template:
    assets = {f"{path.suffix[1:]}.zip": path for path in directory.glob("asset.*")} if directory else {}
    return Template.parse("Bills", {"Resources": resources}, assets=assets)


def test_only_platforms_with_a_fixed_rollout_leave_it_out_of_the_template(facts: Any) -> None:
    silent = {target.id for target in facts.targets if rollout(target.template) is None}
    assert silent == {"ecs-express", "app-runner"}


def test_only_lambda_has_no_automatic_rollback(facts: Any) -> None:
    found = {target.id: rollout(target.template) for target in facts.targets}
    assert {name for name, one in found.items() if one and one.rollback == NO_ROLLBACK} == {"lambda"}
    assert "alarm" in found["ecs-fargate"].rollback


def test_a_canary_deployment_of_lambda_rolls_back_on_the_alarm(facts: Any) -> None:
    canary = template(Alias={"Type": "AWS::Lambda::Alias"}, Group={"Type": "AWS::CodeDeploy::DeploymentGroup"})
    found = rollout(canary)
    assert found
    assert found.rollback == ERROR_RATE_ALARM
    option = "canary_interval"
    assert option in facts.target("lambda").options
    [table] = [table for table in facts.tables if table.id == "rollout"]
    assert f"{NO_ROLLBACK}; with `{option}`, {found.rollback}" in [cell.text for cell in table.rows["lambda"]]
    assert not [row for name, row in table.rows.items() if name != "lambda" and "with `" in row[1].text]


def test_public_endpoints_and_addresses_of_replicas(facts: Any) -> None:
    fargate = facts.target("ecs-fargate").template
    assert public_endpoints(fargate) == ("HTTP API, no authorizer", "internal load balancer")
    assert replica_addresses(fargate) == "private"
    assert open_ports(fargate) == ("80 from HTTP APIs of this VPC", "8080 from the load balancer")
    assert replica_addresses(facts.target("ecs-express").template) == "public"
    assert replica_addresses(facts.target("lambda").template) == "outside your VPCs"
    addresses = {replica_addresses(target.template) for target in facts.targets}
    assert addresses == {"private", "public", "outside your VPCs"}


def test_no_port_is_open_to_the_internet(facts: Any) -> None:
    assert not [rule for target in facts.targets for rule in open_ports(target.template) if "0.0.0.0" in rule]


def test_limits_of_a_template(facts: Any) -> None:
    function = facts.target("lambda").template
    assert (request_timeout_s(function), container_ports(function)) == (29, ())
    assert all(container_ports(target.template) == (8080,) for target in facts.targets if target.id != "lambda")
    assert trace_sampling_percent(facts.target("ecs-fargate").template) == 5
    assert dict(log_groups(facts.target("beanstalk").template))["log groups of Beanstalk"] == 30


def test_every_target_samples_the_same_percentage_of_traces(facts: Any) -> None:
    assert {trace_sampling_percent(target.template) for target in facts.targets} == {5}


def test_the_sampling_rate_of_a_source_bundle_is_read(tmp_path: Path) -> None:
    bundle = {"SourceBundle": {"S3Bucket": "b", "S3Key": "1a.zip"}}
    version = {"Type": "AWS::ElasticBeanstalk::ApplicationVersion", "Properties": bundle}
    (tmp_path / "asset.1a").mkdir()
    (tmp_path / "asset.1a" / "docker-compose.yml").write_text('- "OTEL_TRACES_SAMPLER_ARG=0.25"')
    assert trace_sampling_percent(template(directory=tmp_path, Version=version)) == 25
    assert trace_sampling_percent(template(Bucket={"Type": "AWS::S3::Bucket"})) is None


def test_logs_go_to_cloudwatch_where_the_template_configures_it(facts: Any) -> None:
    silent = {target.id for target in facts.targets if not log_destination(target.template)}
    assert silent == {"eks-auto", "eks-fargate", "app-runner"}


def test_a_deployment_policy_of_beanstalk_becomes_text(facts: Any) -> None:
    found = rollout(facts.target("beanstalk").template)
    assert found
    assert found.strategy == "immutable: a second set of instances"


def test_retained_resources_are_found() -> None:
    kept = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "RetainExceptOnCreate"}
    assert retained_resources(template(Bucket=kept, Other={"Type": "AWS::S3::Bucket"})) == ("Bucket",)
