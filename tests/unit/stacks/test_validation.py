"""Findings of CDK validation, cdk-nag and cfn-lint: none without a reason in the code."""

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_lambda as functions
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

from tests.conftest import ROOT, Synthesise, Synthesised
from tests.snapshot.options import add_options

pytestmark = pytest.mark.slow

# W3005: the CDK writes dependencies that a reference implies already. W6001: the commands of the workflow find its
# resources in the outputs of one stack.
CFN_LINT = [
    str(Path(sys.executable).with_name("cfn-lint")),
    "--ignore-checks",
    "W3005",
    "W6001",
    "--format",
    "parseable",
    "--template",
]


def break_every_rule(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Broken")
    sqs.CfnQueue(stack, "Queue", delay_seconds=100_000)
    logs.CfnLogGroup(stack, "Logs")
    network = ecs.CfnService.AwsVpcConfigurationProperty(subnets=["subnet-1"], assign_public_ip="ENABLED")
    ecs.CfnService(
        stack,
        "Service",
        network_configuration=ecs.CfnService.NetworkConfigurationProperty(awsvpc_configuration=network),
    )
    container = ecs.CfnTaskDefinition.ContainerDefinitionProperty(image="image", name="Main", user="0")
    ecs.CfnTaskDefinition(stack, "Task", container_definitions=[container])
    image = functions.CfnFunction.CodeProperty(image_uri="000000000000.dkr.ecr.us-east-1.amazonaws.com/orders:1")
    role = "arn:aws:iam::000000000000:role/orders"
    functions.CfnFunction(stack, "Function", role=role, package_type="Image", code=image)


def test_validation_stops_templates_that_aws_or_a_house_rule_rejects(
    app_module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CDK_VALIDATION")
    app = app_module.new_app(str(tmp_path))
    break_every_rule(app)
    with pytest.raises(RuntimeError) as caught:
        app.synth()
    lines = (ROOT / "stacks/house_rules.guard").read_text().splitlines()
    for rule in [line.split()[1] for line in lines if line.startswith("rule ")]:
        assert f"CloudFormation-Validate::{rule}" in str(caught.value)
    assert "DelaySeconds: 100000 is greater than the maximum of 900" in str(caught.value)


def add_nag(app: Any) -> None:
    add_options(app)
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))


@pytest.fixture(scope="module")
def nagged(variant: Synthesise) -> Synthesised:
    """All stacks, including optional ones."""
    return variant(context={"transaction_search": "true", "workloads": "true"}, prepare=add_nag)


@pytest.fixture(scope="module")
def isolated(variant: Synthesise) -> Synthesised:
    """The stacks of an app in a network without a route to the internet."""
    return variant(context={"network": "isolated"}, prepare=add_nag)


def findings(nagged: Synthesised, kind: str) -> list[dict[str, Any]]:
    reports = json.loads((nagged.directory / "validation-report.json").read_text())["pluginReports"]
    return [finding for report in reports if report["pluginName"] == "AwsSolutions" for finding in report[kind]]


def test_cdk_nag_finds_nothing_that_is_not_acknowledged(nagged: Synthesised) -> None:
    optional = {"OrdersWorkloadsOnEcs", "OrdersWorkloadsOnEks", "OrdersWorkloadsOnLambda", "Private", "Shared"}
    assert optional | {"TransactionSearch"} <= nagged.templates.keys()
    assert findings(nagged, "violations") == []


def test_cdk_nag_finds_nothing_in_an_isolated_network(isolated: Synthesised) -> None:
    assert "AWS::EC2::VPCEndpoint" in str(isolated.templates["OrdersNetwork"])
    assert findings(isolated, "violations") == []


@pytest.mark.parametrize("app", ["nagged", "isolated"])
def test_every_acknowledgment_has_a_reason_and_a_finding(app: str, request: pytest.FixtureRequest) -> None:
    """An acknowledgment without a finding would hide a later one."""
    nagged: Synthesised = request.getfixturevalue(app)
    key = cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY
    entries = [entry for found in nagged.app.node.find_all() for entry in found.node.metadata if entry.type == key]
    reasons = {rule: reason for entry in entries for rule, reason in entry.data.items() if rule.startswith("AwsSol")}
    assert all(len(reason) > 20 for reason in reasons.values())
    hidden = {finding["ruleName"] for finding in findings(nagged, "suppressedViolations")}
    assert {rule.removeprefix("AwsSolutions::") for rule in reasons} == hidden


@pytest.mark.parametrize("app", ["nagged", "isolated"])
def test_cfn_lint_finds_nothing(app: str, request: pytest.FixtureRequest) -> None:
    nagged: Synthesised = request.getfixturevalue(app)
    files = [str(file) for file in sorted(nagged.directory.glob("*.template.json"))]
    finished = subprocess.run([*CFN_LINT, *files], capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stdout) == (0, "")


def test_cfn_lint_finds_an_invalid_value(synthesised: Synthesised, tmp_path: Path) -> None:
    template = (synthesised.directory / "OrdersWorkflow.template.json").read_text()
    broken = tmp_path / "broken.template.json"
    broken.write_text(template.replace('"FixedRate": 0.05', '"FixedRate": "often"'))
    finished = subprocess.run([*CFN_LINT, str(broken)], capture_output=True, text=True, check=False)
    assert "'often' is not of type 'number'" in finished.stdout
    assert finished.returncode != 0
