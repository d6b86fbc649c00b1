"""`python -m deployment deploy` and `preflight`: order, exit status, and what reaches the CDK CLI."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from deployment import account_deploy, after_deploy, cli, preflight
from deployment.errors import ActionableError
from deployment.preflight.finding import Finding, failed, not_checked, passed
from tests.unit.deployment.aws_responses import account, write_assembly

STACK = {"Resources": {"Table": {"Type": "AWS::DynamoDB::Table"}}}


class Calls:
    """The steps of a command, replaced; each records what it gets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
        self.assembly = write_assembly(path, {"OrdersData": STACK, "OrdersOnLambda": STACK})
        self.before: list[Finding] = [passed("bootstrap", "fine")]
        self.after: list[Finding] = [passed("OrdersOnLambda", "CREATE_COMPLETE")]
        self.status = 0
        self.steps: list[str] = []
        self.context: tuple[str, ...] = ()
        self.command: list[str] = []
        self.planned: list[str] = []
        self.is_cdk_successful: bool | None = None
        monkeypatch.setattr(account_deploy, "synth", self.synth)
        monkeypatch.setattr(account_deploy, "run_deploy", self.run_deploy)
        monkeypatch.setattr(preflight, "run", self.check)
        monkeypatch.setattr(after_deploy, "run", self.ask_services)
        monkeypatch.setattr(cli, "account_of", lambda _profile: account())

    def synth(self, context: tuple[str, ...], stage: str, *, validate: bool) -> Any:
        self.stage = stage
        self.steps.append(f"synth validate={validate}")
        self.context = context
        return self.assembly

    def check(self, plan: Any, _account: Any) -> list[Finding]:
        self.steps.append("preflight")
        self.planned = plan.names
        return self.before

    def run_deploy(self, command: Sequence[str]) -> int:
        self.steps.append("cdk deploy")
        self.command = list(command)
        return self.status

    def ask_services(self, plan: Any, _account: Any, *, is_cdk_successful: bool) -> list[Finding]:
        self.steps.append("services")
        self.planned = plan.names
        self.is_cdk_successful = is_cdk_successful
        return self.after


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Calls:
    return Calls(monkeypatch, tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, list(arguments))


def test_the_account_is_checked_before_and_the_services_after(calls: Calls) -> None:
    result = run("deploy", "OrdersOnLambda")
    assert result.exit_code == 0, result.output
    assert calls.steps == ["synth validate=True", "preflight", "cdk deploy", "services"]
    assert calls.planned == ["OrdersData", "OrdersOnLambda"]


def test_nothing_is_deployed_if_a_check_fails(calls: Calls) -> None:
    calls.before = [failed("bootstrap", "missing", "cdk bootstrap aws://1/us-east-1")]
    result = run("deploy", "OrdersOnLambda")
    assert result.exit_code == 1
    assert "cdk deploy" not in calls.steps
    assert "cdk bootstrap aws://1/us-east-1" in result.output
    assert "nothing was deployed" in result.output


def test_what_is_not_checked_stops_nothing(calls: Calls) -> None:
    calls.before = [not_checked("names", "the permission is missing")]
    assert run("deploy", "OrdersOnLambda").exit_code == 0


def test_a_failed_check_can_be_skipped(calls: Calls) -> None:
    calls.before = [failed("bootstrap", "missing")]
    assert run("deploy", "OrdersOnLambda", "--skip-preflight").exit_code == 0
    assert "preflight" not in calls.steps


def test_a_rollback_after_a_success_of_cloudformation_has_status_1(calls: Calls) -> None:
    calls.after = [
        passed("OrdersOnAppRunner", "UPDATE_COMPLETE"),
        failed("OrdersOnAppRunner", "App Runner rolled back"),
    ]
    result = run("deploy", "OrdersOnLambda")
    assert result.exit_code == 1
    assert "App Runner rolled back" in result.output
    assert "the deployment failed" in result.output


def test_a_failure_of_the_cdk_shows_the_state_of_the_stacks(calls: Calls) -> None:
    calls.status = 1
    result = run("deploy", "OrdersOnLambda")
    assert result.exit_code == 1
    assert calls.is_cdk_successful is False
    assert "cdk deploy ended with status 1" in result.output


def test_arguments_reach_synthesis_and_the_cdk(calls: Calls) -> None:
    run("deploy", "OrdersOnLambda", "-c", "app_runner=true", "--", "-c", "service={}", "--require-approval", "never")
    assert calls.context == ("-c", "app_runner=true", "-c", "service={}")
    assert calls.command[2:] == [
        *("deploy", "--app", str(calls.assembly.path.resolve()), "--asset-prebuild=false"),
        *("-c", "app_runner=true", "-c", "service={}", "--require-approval", "never", "OrdersOnLambda"),
    ]


def test_all_stacks_are_deployed_on_request_only(calls: Calls) -> None:
    assert run("deploy").exit_code == 1
    assert calls.steps == []
    assert run("deploy", "--all").exit_code == 0
    assert calls.command[-1] == "--all"


def test_a_misspelled_stack_is_rejected_before_anything_runs(calls: Calls) -> None:
    result = run("deploy", "OrdersOnLamda")
    assert (result.exit_code, calls.steps) == (1, ["synth validate=True"])
    assert "OrdersOnLambda" in result.output


def test_the_profile_reaches_the_checks_and_the_cdk(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles: list[str | None] = []
    monkeypatch.setattr(cli, "account_of", lambda profile: profiles.append(profile) or account())
    run("deploy", "OrdersOnLambda", "--", "--profile", "sandbox")
    assert profiles == ["sandbox", "sandbox"]
    assert "sandbox" in calls.command


def test_preflight_changes_nothing_and_prints_json(calls: Calls) -> None:
    calls.before = [passed("credentials", "fine"), failed("names", "taken")]
    result = run("preflight", "OrdersOnLambda", "--json")
    data = json.loads(result.stdout)
    assert (result.exit_code, data["passed"], data["account"]) == (1, False, "123456789012")
    assert data["stacks"] == ["OrdersData", "OrdersOnLambda"]
    assert calls.steps == ["synth validate=False", "preflight"]


def test_a_profile_that_does_not_exist_is_an_error_with_a_fix() -> None:
    with pytest.raises(ActionableError, match="the profile does not exist"):
        cli.account_of("no-such-profile")


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "us-east-2"}, "us-east-2"),
        ({}, ""),
    ],
)
def test_the_region_is_the_one_that_the_cdk_uses(
    variables: dict[str, str], region: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cli.account_of(None).region == region


def test_the_endpoint_is_the_one_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert cli.account_of(None).client("sts").meta.endpoint_url == "http://127.0.0.1:4566"


@pytest.mark.parametrize(("region", "endpoint"), [("us-east-1", "localhost"), ("us east", "http://127.0.0.1:4566")])
def test_an_endpoint_or_region_that_is_not_valid_is_an_error(
    region: str, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", region)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    with pytest.raises(ActionableError, match="AWS cannot be called"):
        cli.account_of(None).client("sts")


@pytest.mark.parametrize("value", ["app_runner", "=true"])
def test_a_context_value_without_name_or_value_is_rejected(value: str) -> None:
    result = run("preflight", "OrdersOnLambda", "-c", value)
    assert result.exit_code == 2
    assert f"{value!r} is not NAME=VALUE" in result.stderr


def test_the_exit_status_of_the_cdk_is_returned() -> None:
    assert account_deploy.run_deploy([sys.executable, "-c", "raise SystemExit(3)"]) == 3


def test_an_app_that_does_not_synthesise_is_an_error_with_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(ActionableError, match="does not synthesise") as raised:
        account_deploy.synth(["-c", "availability_zones=us-east-1a"], directory=tmp_path, validate=False)
    assert "allowed: two different zones" in raised.value.cause


def test_a_stack_that_the_app_leaves_out_is_not_deployed(calls: Calls) -> None:
    calls.assembly = replace(calls.assembly, rejected={"OrdersOnEksFargate": "arm64 is not supported (allowed: x86)"})
    result = run("deploy", "OrdersOnEksFargate")
    assert result.exit_code == 1
    assert "left out the stack OrdersOnEksFargate" in result.output
    assert "arm64 is not supported (allowed: x86)" in result.output
    assert "cdk deploy" not in calls.steps


def test_stacks_that_the_app_leaves_out_are_named(calls: Calls) -> None:
    calls.assembly = replace(calls.assembly, rejected={"OrdersOnEksFargate": "arm64 is not supported"})
    result = run("deploy", "OrdersOnLambda")
    assert result.exit_code == 0, result.output
    assert "OrdersOnEksFargate is left out: arm64 is not supported" in result.stderr


def test_the_stage_is_passed_on(calls: Calls) -> None:
    assert run("deploy", "OrdersOnLambda", "--stage", "Dev").exit_code == 0
    assert calls.stage == "Dev"
