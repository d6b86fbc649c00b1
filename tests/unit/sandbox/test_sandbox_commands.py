"""`python -m sandbox`: exit status, screen, JSON and help."""

import json
import re
import shlex
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from deployment.console import WIDTH
from deployment.preflight.finding import Finding, failed, not_checked, passed, warned
from sandbox import cli, preflight
from sandbox.preflight import (
    account_id,
    account_names,
    account_plan,
    deploy_role,
    hooks,
    organization,
    region_status,
    remaining_logs,
    remaining_roles,
    root_user,
    session,
    stack_collisions,
    traces,
)
from tests.unit.comparison.example_records import record
from tests.unit.deployment.aws_responses import ACCOUNT_ID, account
from tests.unit.docs import command_checks

EXAMPLE = Path(__file__).parents[3] / "docs/evidence/example.json"
PLAN = ("plan", "--account", ACCOUNT_ID, "--target", "lambda")
COMMANDS = [("python -m sandbox", cli.main), *((name, command) for name, command in cli.main.commands.items())]
# One failure or warning of each check.
PRINTED = [
    account_id.judge("1", "2"),
    account_names.judge("account alias", ["prod"]),
    account_plan.judge("FREE"),
    deploy_role.judge("cdk-role", ACCOUNT_ID, "us-east-1", is_assumed=False),
    hooks.judge(["Example::Security::Hook"]),
    organization.judge("1", "1"),
    region_status.judge("us-east-1", "DISABLED"),
    *remaining_logs.judge(["/aws/lambda/a"]),
    remaining_roles.judge(["AWSServiceRoleForECS"], []),
    root_user.judge(f"arn:aws:iam::{ACCOUNT_ID}:root"),
    session.judge(has_token=True, is_refreshable=False),
    session.judge(has_token=True, is_refreshable=True, end=datetime.min, needed_until=datetime.max),
    stack_collisions.judge("Orders", {}),
    stack_collisions.judge("Orders", {stack_collisions.TAG: "r1"}),
    traces.judge("XRay", "ACTIVE"),
    traces.judge("CloudWatchLogs", "PENDING"),
]
PROGRAMS = ("aws ", "python ", "cdk ", "export ")


@pytest.fixture
def findings(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """The findings that the preflight returns; a test adds to them."""
    found = [passed("credentials", "fine")]
    monkeypatch.setattr(cli, "account_of", lambda _profile: account())
    monkeypatch.setattr(preflight, "run", lambda *_arguments: list(found))
    return found


@pytest.fixture
def directory(synthesised: Any) -> Path:
    return Path(synthesised.directory)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, list(arguments))


def test_a_plan_has_checks_drills_hours_and_dollars(findings: list[Finding], directory: Path) -> None:
    findings += [warned("hooks", "one is active", "look"), not_checked("account plan", "a permission is missing")]
    result = run(*PLAN, "--assembly", str(directory))
    assert result.exit_code == 0, result.output
    assert "3 fine · 1 may surprise · 1 unknown" in result.output
    assert "unknown: a permission is missing" in result.output
    for text in ("lambda", "ceiling is $5.00", "limit is 4", "D1 ", "D3 ", "D10 ", "nothing was deployed"):
        assert text in result.output
    assert "D4 " not in result.output
    assert max(map(len, result.output.splitlines())) <= WIDTH


def test_a_plan_that_something_would_stop_ends_with_1(findings: list[Finding], directory: Path) -> None:
    findings.append(failed("bootstrap", "missing", "cdk bootstrap aws://1/us-east-1"))
    result = run(*PLAN, "--assembly", str(directory))
    assert result.exit_code == 1
    assert "1 will stop the run" in result.output
    assert "cdk bootstrap aws://1/us-east-1" in result.output


def test_a_limit_stops_a_plan(findings: list[Finding], directory: Path) -> None:
    assert findings
    result = run(*PLAN, "--assembly", str(directory), "--drills", "full", "--hours", "0.5")
    assert result.exit_code == 1
    assert "pass --hours 1" in result.output


def test_the_json_has_what_the_screen_has(findings: list[Finding], directory: Path) -> None:
    assert findings
    data = json.loads(run(*PLAN, "--assembly", str(directory), "--json").stdout)
    assert (data["schema"], data["account"], data["passed"], data["level"]) == (1, ACCOUNT_ID, True, "smoke")
    assert data["drills"] == ["D1", "D3", "D10"]
    assert {found["outcome"] for found in data["findings"]} == {"fine"}
    assert [found["target"] for found in data["targets"]] == ["lambda"]
    assert "spans-arrive" in data["statements"]
    assert "OrdersOnLambda" in data["stacks"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--target", "lambda"),
        ("plan", "--account", ACCOUNT_ID),
        ("plan", "--account", "12", "--target", "lambda"),
        (*PLAN, "--drills", "everything"),
        (*PLAN, "--ceiling", "0"),
    ],
)
def test_a_wrong_option_ends_with_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_the_policy_is_json() -> None:
    data = json.loads(run("policy", "--account", ACCOUNT_ID, "--region", "us-east-1").stdout)
    assert data["Version"] == "2012-10-17"


def test_the_list_of_drills_has_every_drill_and_fits_the_screen() -> None:
    result = run("drills")
    assert result.exit_code == 0
    for text in ("D1 ", "D10 ", "a person", "spans-arrive", "ci-runs-as-written: "):
        assert text in result.output
    assert max(map(len, result.output.splitlines())) <= WIDTH
    data = json.loads(run("drills", "--json").stdout)
    assert [drill["id"] for drill in data["drills"]] == [f"D{number}" for number in range(1, 11)]
    assert "spans-arrive" in data["drills"][0]["statements"]
    assert set(data["a_person"]) >= {"ci-runs-as-written"}


def test_the_list_of_drills_says_which_level_settles_a_statement() -> None:
    lines = {" ".join(line.split()) for line in run("drills").output.splitlines()}
    for line in (
        "spans-arrive (smoke)",
        "podman-rolls-back (full)",
        "ecs-rolls-back (full; needs D4 and D6)",
        "lambda-canary-rolls-back (slow, with a canary)",
    ):
        assert line in lines
    data = json.loads(run("drills", "--json").stdout)
    assert (data["levels"]["spans-arrive"], data["levels"]["lambda-canary-rolls-back"]) == ("smoke", "slow")
    assert not set(data["levels"]) & set(data["a_person"])


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_the_help_teaches_by_examples_in_80_columns(name: str, command: click.Command) -> None:
    result = run(*([] if command is cli.main else [name]), "--help")
    assert result.exit_code == 0
    assert "Example" in result.output
    assert max(map(len, result.output.splitlines())) <= WIDTH


@pytest.mark.parametrize("finding", PRINTED, ids=lambda finding: finding.check)
def test_the_called_program_accepts_a_printed_command(finding: Finding) -> None:
    commands = [fix for fix in finding.fix if fix.startswith(PROGRAMS)]
    assert commands, "no command helps"
    for command in commands:
        assert command_checks.errors(shlex.split(command)) == []


def test_a_report_shows_the_evidence_and_its_source(tmp_path: Path) -> None:
    result = run("report", str(EXAMPLE))
    assert result.exit_code == 0, result.output
    for text in ("nothing: an invented example", "2026-11-29, us-east-1", "✘  D3", "not settled", "spans-arrive"):
        assert text in result.output
    assert max(map(len, result.output.splitlines())) <= WIDTH
    broken = tmp_path / "evidence.json"
    broken.write_text("{}")
    assert run("report", str(broken)).exit_code == 1


def test_a_report_shows_what_was_measured() -> None:
    result = run("report", str(EXAMPLE))
    assert re.search(r"lambda +deployment +151s\n +first response after +2\.4s\n +p50 +31 ms\n", result.output)
    assert "not a record to contribute: it was made against nothing: an invented example" in result.output


def test_a_report_says_how_to_contribute_the_evidence_of_a_run_on_aws(tmp_path: Path) -> None:
    written = record(tmp_path, statements={"spans-arrive": "proven", "trust-conditions": "refuted"})
    file = written.rename(tmp_path / "evidence of a run.json")
    result = run("report", str(file))
    assert result.exit_code == 0, result.output
    command = shlex.split(next(line for line in result.output.splitlines() if line.strip().startswith("cp ")))
    assert command == ["cp", str(file), "docs/evidence/2026-12-03-us-east-1-testdata.json"]
    assert "python -m comparison docs --write" in result.output
    assert result.output.index("refuted") < result.output.index("proven")
    contributed = tmp_path / "evidence" / written.name
    contributed.parent.mkdir()
    file.rename(contributed)
    result = run("report", str(contributed))
    assert "cp " not in result.output
    assert "commit it with the pages" in result.output
