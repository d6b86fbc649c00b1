"""`python -m sandbox` with the real CDK CLI, the emulator in the place of an account, and quick drills."""

import json
import os
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from comparison.facts.evidence import parse
from deployment import cdk
from local_aws import lifecycle
from local_aws.environment import ACCOUNT, REGION, LocalEnvironment, Settings
from sandbox import state
from sandbox.preflight.stack_collisions import TAG
from tests.integration.sandbox_process import QUESTION, SandboxProcess

pytestmark = pytest.mark.local_run

STACKS = {"OrdersRegistry", "OrdersNetwork", "OrdersData", "OrdersWorkflow", "OrdersOnLambda"}
FOREIGN = {"OrdersArchive": "", "OrdersOnEksAuto": "zzzz"}
TEMPLATE = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
SEED = int(os.environ.get("SANDBOX_SEED") or time.time())


@dataclass(frozen=True)
class EmulatedAccount:
    """The emulator with a bootstrap stack, and an IAM user whose credentials the runs have."""

    environment: LocalEnvironment
    assembly: Path
    variables: dict[str, str]

    @property
    def cloudformation(self) -> Any:
        return self.environment.client("cloudformation")

    def stacks(self) -> dict[str, str]:
        """Name -> ID of each stack of the app's names."""
        pages = self.cloudformation.get_paginator("describe_stacks").paginate()
        found = {stack["StackName"]: stack["StackId"] for page in pages for stack in page["Stacks"]}
        return {name: stack_id for name, stack_id in found.items() if name.startswith("Orders")}

    def add(self, name: str, run: str = "") -> str:
        tags = [{"Key": TAG, "Value": run}] if run else []
        return str(self.cloudformation.create_stack(StackName=name, TemplateBody=TEMPLATE, Tags=tags)["StackId"])

    def start(self, *arguments: str) -> SandboxProcess:
        return SandboxProcess.start(self.variables, *arguments)

    def begin(self, *, with_checks: bool = False, fast_clock: bool = False) -> SandboxProcess:
        """Start a run up to its question."""
        arguments = ("run", "--account", ACCOUNT, "--target", "lambda", "--assembly", str(self.assembly))
        variables = self.variables if with_checks else self.variables | {"QUICK": "1"}
        if fast_clock:
            variables = variables | {"FAST_CLOCK": "1"}
        process = SandboxProcess.start(variables, *arguments)
        process.wait_for(lambda: QUESTION in process.output)
        return process


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedAccount]:
    directory = tmp_path_factory.mktemp("sandbox") / "local"
    assembly = cdk.synth(directory.parent / "cdk.out").path
    environment = lifecycle.start(Settings(engine="processes", directory=directory, assembly=assembly))
    try:
        cdk.bootstrap(environment)
        iam = environment.client("iam")
        iam.create_user(UserName="ann")
        # The first deployment of an account needs it.
        path = "/aws-service-role/ecs.amazonaws.com/"
        iam.create_role(RoleName="AWSServiceRoleForECS", Path=path, AssumeRolePolicyDocument="{}")
        keys = iam.create_access_key(UserName="ann")["AccessKey"]
        variables = {
            "AWS_ENDPOINT_URL": environment.endpoint,
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
        }
        found = EmulatedAccount(environment, assembly, variables)
        for name, run in FOREIGN.items():
            found.add(name, run)
        yield found
    finally:
        lifecycle.stop(environment)


@pytest.fixture
def foreign(account: EmulatedAccount) -> Iterator[dict[str, str]]:
    """Name -> ID of the stacks of others, which are left after the test; the directories of its runs are removed."""
    before = {path.name for path in state.RUNS.glob("*")}
    found = account.stacks()
    assert found.keys() == FOREIGN.keys()
    yield found
    assert account.stacks() == found
    for path in state.RUNS.glob("*"):
        if path.name not in before:
            shutil.rmtree(path)


def test_a_run_deploys_runs_its_drills_and_deletes_everything(
    account: EmulatedAccount, foreign: dict[str, str]
) -> None:
    process = account.begin(with_checks=True)
    assert account.stacks() == foreign
    process.type(ACCOUNT)
    assert process.end() == 0, process.output
    found = state.read(process.run).state
    assert {stack.name for stack in found.stacks} == STACKS
    assert {result.drill: (result.outcome.value, result.reason) for result in found.drills} == {
        "D1": ("passed", ""),
        "D3": ("passed", ""),
        "D10": ("passed", ""),
    }
    assert (found.phase, found.existing) == ("ended", [])
    evidence = json.loads((state.RUNS / process.run / "evidence.json").read_text())
    assert evidence["made_against"] == "the emulator"
    # From the events of the stack, which is deleted.
    assert {"deploy_s", "delete_s"} <= evidence["measurements"]["lambda"].keys()
    assert f"python -m sandbox report build/sandbox/{process.run}/evidence.json" in process.output


@pytest.mark.usefixtures("foreign")
def test_the_drills_of_a_smoke_run_end_and_settle_nothing_on_an_emulator(account: EmulatedAccount) -> None:
    process = account.begin(fast_clock=True)
    process.type(ACCOUNT)
    status = process.end()
    found = state.read(process.run).state
    results = {result.drill: (result.outcome.value, result.reason) for result in found.drills}
    assert results.keys() == {"D1", "D3", "D10"}, process.output
    # The emulator calls a secret deleted that exists.
    assert results["D3"] == ("failed", "OrdersData: ApiToken07F9A1D2 deleted")
    assert status == 1
    assert results["D10"][0] == "passed", process.output
    assert (found.phase, found.existing) == ("ended", [])
    evidence = parse((state.RUNS / process.run / "evidence.json").read_text())
    assert evidence.made_against == "the emulator"
    assert set(evidence.statements.values()) == {"not settled"}


def test_a_wrong_account_id_deploys_nothing(account: EmulatedAccount, foreign: dict[str, str]) -> None:
    before = set(state.RUNS.glob("*"))
    process = account.begin()
    process.type("111122223333")
    assert process.end() == 1
    assert "nothing was deployed" in process.output
    assert account.stacks() == foreign
    assert set(state.RUNS.glob("*")) == before


def test_a_stack_of_others_stops_the_run_before_and_after_the_question(
    account: EmulatedAccount, foreign: dict[str, str]
) -> None:
    assert foreign
    process = account.begin()
    # Between the check and the deployment.
    collision = account.add("OrdersOnLambda")
    try:
        process.type(ACCOUNT)
        assert process.end() == 1
        assert "does not belong to the run" in process.output
        arguments = ("run", "--account", ACCOUNT, "--target", "lambda", "--assembly", str(account.assembly))
        again = account.start(*arguments)
        assert again.end() == 1
        assert "has no tag of a run" in again.output
        assert account.stacks() == foreign | {"OrdersOnLambda": collision}
    finally:
        account.cloudformation.delete_stack(StackName=collision)


@pytest.mark.usefixtures("foreign")
def test_ctrl_c_deletes_the_stacks(account: EmulatedAccount) -> None:
    process = account.begin()
    process.type(ACCOUNT)
    process.wait_for(lambda: process.run and _recorded(process.run) > 1)
    process.interrupt()
    assert process.end() == 1, process.output
    assert "the run was interrupted" in process.output
    found = state.read(process.run).state
    assert (found.phase, found.existing) == ("ended", [])
    assert {result.outcome.value for result in found.drills} == {"not run"}


@pytest.mark.usefixtures("foreign")
def test_a_closed_terminal_deletes_the_stacks(account: EmulatedAccount) -> None:
    process = account.begin()
    process.type(ACCOUNT)
    process.wait_for(lambda: process.run and _recorded(process.run) > 1)
    process.close_terminal()
    assert process.end() == 1
    found = state.read(process.run).state
    assert (found.phase, found.existing) == ("ended", [])


@pytest.mark.usefixtures("foreign")
def test_a_second_ctrl_c_ends_at_once_and_destroy_deletes_the_stacks(account: EmulatedAccount) -> None:
    process = account.begin()
    process.type(ACCOUNT)
    process.wait_for(lambda: process.run and _recorded(process.run) == len(STACKS))
    process.interrupt()
    process.wait_for(lambda: state.read(process.run).state.phase == "deletion")
    process.interrupt()
    assert process.end() == 1
    assert f"python -m sandbox destroy {process.run}" in " ".join(process.output.split())
    assert state.read(process.run).state.existing
    destroyed = account.start("destroy", process.run)
    assert destroyed.end() == 0, destroyed.output
    assert state.read(process.run).state.phase == "ended"


@pytest.mark.usefixtures("foreign")
@pytest.mark.parametrize("command", ["resume", "destroy"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_run_that_is_killed_at_any_moment_can_be_continued(
    account: EmulatedAccount, command: str, number: int
) -> None:
    """SANDBOX_SEED repeats the moments."""
    moment = random.Random(f"{SEED} {command} {number}").uniform(0, 15)
    process = account.begin()
    process.type(ACCOUNT)
    process.wait_for(lambda: process.run and (state.RUNS / process.run / state.STATE_FILE).is_file())
    time.sleep(moment)
    process.kill()
    told = f"seed {SEED}, killed after {moment:.1f} s\n{process.output}"
    continued = account.start(command, process.run)
    if command == "resume" and state.read(process.run).state.phase == "drills":
        continued.confirm(ACCOUNT)
    assert continued.end() == 0, f"{told}\n{continued.output}"
    found = state.read(process.run).state
    assert (found.phase, found.existing) == ("ended", []), told
    if command == "resume":
        assert {result.outcome.value for result in found.drills} == {"passed"}, f"{told}\n{continued.output}"


def test_sweep_lists_a_stack_without_a_state_file_and_leaves_it(
    account: EmulatedAccount, foreign: dict[str, str]
) -> None:
    process = account.start("sweep", "--account", ACCOUNT, "--delete")
    assert process.end() == 0, process.output
    assert "aws cloudformation delete-stack --stack-name OrdersOnEksAuto" in process.output
    assert "OrdersArchive" not in process.output
    assert account.stacks() == foreign


def _recorded(run: str) -> int:
    path = state.RUNS / run / state.STATE_FILE
    return len(state.read(run).state.stacks) if path.is_file() else 0
