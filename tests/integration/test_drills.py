"""The drills with the real CDK CLI, and the emulator in the place of an account; waiting takes little time."""

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deployment import cdk
from deployment.console import Progress, make_console
from deployment.errors import ActionableError
from deployment.results import Outcome
from local_aws import lifecycle
from local_aws.environment import ACCOUNT, REGION, LocalEnvironment, Settings
from sandbox import leftovers, state
from sandbox.drill import DrillContext, DrillOutcome
from sandbox.drills import RUN
from sandbox.drills.target import account_of
from sandbox.environment import AccountEnvironment
from sandbox.inventory import Inventory
from sandbox.preflight.stack_collisions import TAG
from sandbox.run import SandboxRun
from sandbox.run_limit import Clock
from sandbox.run_plan import stacks_of_target
from sandbox.state import RunState

pytestmark = pytest.mark.local_run

FASTER = 120
EMULATED = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_CONFIG_FILE": os.devnull}


class FastClock(Clock):
    """A clock on which a wait of a minute takes half a second."""

    def __init__(self) -> None:
        self.skipped = 0.0
        super().__init__(now=lambda: time.monotonic() + self.skipped, wait=self._wait)

    def _wait(self, seconds: float) -> None:
        time.sleep(seconds / FASTER)
        self.skipped += seconds - seconds / FASTER


@dataclass(frozen=True)
class Drilled:
    """A target that a run has deployed."""

    context: DrillContext
    reports: list[str]

    def run(self, drill: str) -> DrillOutcome:
        return RUN[drill](self.context)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEnvironment]:
    directory = tmp_path_factory.mktemp("drills") / "local"
    assembly = cdk.synth(directory.parent / "cdk.out").path
    environment = lifecycle.start(Settings(engine="processes", directory=directory, assembly=assembly))
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**EMULATED, "AWS_ENDPOINT_URL": environment.endpoint}.items():
                patch.setenv(name, value)
            cdk.bootstrap(environment)
            yield environment
    finally:
        lifecycle.stop(environment)


def drilled(emulator: LocalEnvironment, target: str, runs: Path, held: ExitStack) -> Drilled:
    """Deploy a target as a run does."""
    plan = stacks_of_target(cdk.Assembly.load(emulator.assembly), target)
    now = datetime.now(UTC)
    found = RunState(
        run=state.new_directory(runs).name,
        account=ACCOUNT,
        region=REGION,
        endpoint=emulator.endpoint,
        level="full",
        targets=(target,),
        assembly=str(emulator.assembly),
        names=tuple(plan.names),
        started=now,
        limit=now + timedelta(hours=9),
        hours=9,
        ceiling_usd=9,
    )
    file = state.create(found, runs)
    environment = AccountEnvironment(
        run=found.run,
        account=ACCOUNT,
        region=REGION,
        endpoint=emulator.endpoint,
        directory=file.directory,
        assembly=emulator.assembly,
    )
    progress = held.enter_context(Progress(make_console()))
    run = SandboxRun(file=file, environment=environment, progress=progress, clock=FastClock(), drills=RUN)
    stack = cdk.Assembly.load(emulator.assembly).targets[target].stack
    step = held.enter_context(progress.step("drills", target))
    context = run._context(target, stack, plan, step)
    reports: list[str] = []
    object.__setattr__(context, "report", reports.append)
    assert context.redeploy().is_complete
    return Drilled(context, reports)


@pytest.fixture(scope="module")
def on_lambda(emulator: LocalEnvironment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drilled]:
    with ExitStack() as held:
        yield drilled(emulator, "lambda", tmp_path_factory.mktemp("runs"), held)


@pytest.fixture(scope="module")
def on_fargate(
    on_lambda: Drilled, emulator: LocalEnvironment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Drilled]:
    """After the run on Lambda, which shares stacks with this one and has deleted them."""
    if _stacks(emulator):
        on_lambda.context.delete_all()
    with ExitStack() as held:
        yield drilled(emulator, "ecs-fargate", tmp_path_factory.mktemp("runs"), held)


def _stacks(emulator: LocalEnvironment) -> set[str]:
    pages = emulator.client("cloudformation").get_paginator("describe_stacks").paginate()
    return {stack["StackName"] for page in pages for stack in page["Stacks"] if stack["StackName"].startswith("Orders")}


class TestLambda:
    """The tests run in this order: the last one destroys what the others need."""

    def test_the_contract_and_the_workflow_pass(self, on_lambda: Drilled) -> None:
        """The emulator delivers no logs and no metrics of a function whose process runs outside of it."""
        outcome = on_lambda.run("D1")
        assert outcome.reason == "logs: no line arrived; metrics: no value of AWS/Lambda Invocations"
        assert outcome.proven == ("workflow-empty-trace",)
        assert outcome.refuted == ()

    def test_the_same_version_again_changes_nothing(self, on_lambda: Drilled) -> None:
        assert on_lambda.run("D2") == DrillOutcome(outcome=Outcome.PASSED)

    def test_drift_is_detected(self, on_lambda: Drilled) -> None:
        """The emulator reports a secret as deleted, and every other resource of all stacks as in sync."""
        outcome = on_lambda.run("D3")
        assert outcome.outcome is Outcome.FAILED
        assert re.fullmatch(r"OrdersData: ApiToken\w+ deleted", outcome.reason)

    @pytest.mark.parametrize("drill", ["D4", "D5", "D6", "D7", "D8"])
    def test_a_drill_that_lambda_does_not_need_is_not_run(self, on_lambda: Drilled, drill: str) -> None:
        outcome = on_lambda.run(drill)
        assert outcome.outcome is Outcome.NOT_RUN
        assert outcome.reason

    def test_a_planted_leftover_is_found(self, on_lambda: Drilled, emulator: LocalEnvironment) -> None:
        """The tagging API of the emulator lists deleted resources, too: only the planted ones remain."""
        context = on_lambda.context
        name = f"planted-{context.run}"
        group = "/aws/lambda/OrdersOnLambda-planted"
        emulator.client("sqs").create_queue(QueueName=name, tags={TAG: context.run})
        emulator.client("logs").create_log_group(logGroupName=group)
        outcome = on_lambda.run("D10")
        found = json.loads((context.environment.directory / "leftovers.json").read_text())
        present = {one["id"] for one in found if one["state"] == "present"}
        assert present == {name, group}, found
        assert outcome.outcome is Outcome.FAILED
        assert outcome.reason == "2 remain: Logs::LogGroup, SQS::Queue"
        assert not _stacks(emulator)
        assert any(f"--log-group-name {group}" in text for text in on_lambda.reports)
        emulator.client("logs").delete_log_group(logGroupName=group)
        emulator.client("sqs").delete_queue(QueueUrl=emulator.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])
        inventory = Inventory.from_data(json.loads((context.environment.directory / "inventory.json").read_text()))
        assert len(inventory.resources) > 50
        left = leftovers.search(account_of(context), inventory, context.run)
        assert leftovers.judge(left)[0] is not Outcome.FAILED, left


class TestFargate:
    def test_a_stopped_task_is_replaced(self, on_fargate: Drilled) -> None:
        """The emulator has no metrics of rules, and the workflow's tasks are stopped all the same."""
        assert on_fargate.run("D7").outcome is Outcome.PASSED
        assert "waits for the metric of stopped tasks: 0 of at most 900 s" in on_fargate.reports

    def test_an_update_that_exits_is_rolled_back(self, on_fargate: Drilled) -> None:
        assert on_fargate.run("D4") == DrillOutcome(outcome=Outcome.PASSED)

    def test_a_first_version_that_exits_fails(self, on_fargate: Drilled) -> None:
        """The emulator keeps the service of a failed creation, so that no second stack can have its name."""
        with pytest.raises(ActionableError, match="first version was not deployed again"):
            on_fargate.run("D5")
        assert "deploys a first version that exits" in on_fargate.reports
