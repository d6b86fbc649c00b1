"""The ten safety rules of a run; each test fails without its rule."""

import io
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from deployment import cdk
from deployment.assembly import Assembly
from deployment.console import Progress, make_console
from deployment.errors import ActionableError
from deployment.preflight import Finding
from deployment.preflight.finding import failed, passed
from deployment.results import Outcome
from sandbox import cli, deletion, leftovers, own_stacks, preflight, run_commands, run_results, state
from sandbox.confirmation import require_terminal, require_typed_account
from sandbox.deletion import Deletion
from sandbox.drill import DrillContext, DrillOutcome, RunDrill
from sandbox.lasting_output import LastingOutput
from sandbox.leftovers import Leftover
from sandbox.policy import policy
from sandbox.resource_kinds import State
from sandbox.run import ENDED_BY_ERROR, INTERRUPTED, LIMIT_PASSED, SandboxRun
from sandbox.run_limit import limit_of
from sandbox.state import StateFile
from tests.unit.deployment.aws_responses import ACCOUNT_ID, account
from tests.unit.sandbox.fake_account import (
    LIMIT,
    RUN,
    STARTED,
    FakeClock,
    FakeCloudFormation,
    account_of,
    new_file,
)

ARGUMENTS = ("run", "--account", ACCOUNT_ID, "--target", "lambda")
PASSED = DrillOutcome(outcome=Outcome.PASSED)


def passes(_context: DrillContext) -> DrillOutcome:
    return PASSED


class FakeRun:
    """A run of the target lambda whose CDK CLI is replaced.

    Attributes:
        deployed: the options of each deployment.
        on_deploy: called with the names of the stacks when the CLI starts.
    """

    def __init__(self, runs: Path, assembly: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        names = tuple(stack.name for stack in Assembly.load(assembly).stacks)
        self.file: StateFile = new_file(runs, assembly=str(assembly), names=names)
        self.aws = FakeCloudFormation()
        self.clock = FakeClock(LIMIT)
        self.deployed: list[list[str]] = []
        self.on_deploy: Callable[[list[str]], None] = lambda _names: None
        self.drills: dict[str, RunDrill] = {"D1": passes, "D3": passes}
        self.screen = io.StringIO()
        self._assembly = assembly
        monkeypatch.setattr(cdk, "deploy", self._deploy)

    def run(self) -> SandboxRun:
        return SandboxRun(
            file=self.file,
            environment=account_of(self.file, self.aws, self._assembly),
            progress=Progress(make_console(self.screen)),
            clock=self.clock,
            drills=self.drills,
        )

    def _deploy(
        self,
        _environment: object,
        _on_event: object,
        options: list[str],
        *,
        stacks: list[str],
        on_tick: Callable[[], None],
        **_others: object,
    ) -> None:
        self.deployed.append(list(options))
        self.on_deploy(list(stacks))
        for name in stacks:
            if own_stacks.find(self.aws, name) is None:
                self.aws.add(name)
                on_tick()
                self.clock.seconds += 5


@pytest.fixture(scope="module")
def directory(synthesised: Any) -> Path:
    return Path(synthesised.directory)


@pytest.fixture
def fake(tmp_path: Path, directory: Path, monkeypatch: pytest.MonkeyPatch) -> FakeRun:
    return FakeRun(tmp_path, directory, monkeypatch)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Finding]]:
    """The findings of the preflight of `run`; runs are in `tmp_path`, and standard input is a terminal."""
    findings = [passed("credentials", "fine")]
    monkeypatch.setattr(state, "RUNS", tmp_path)
    monkeypatch.setattr(run_commands, "account_of", lambda _profile: account())
    monkeypatch.setattr(run_commands, "require_terminal", lambda _stdin: None)
    monkeypatch.setattr(preflight, "run", lambda *_arguments: list(findings))
    return iter([findings])


def invoke(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(cli.main, list(arguments), input=typed)


# 1. The account is given, is that of the credentials, and is typed on a terminal; some accounts are never used.


def test_rule_1_no_run_without_an_account() -> None:
    assert invoke("run", "--target", "lambda").exit_code == 2


def test_rule_1_no_run_without_a_terminal() -> None:
    result = invoke(*ARGUMENTS, typed=f"{ACCOUNT_ID}\n")
    assert result.exit_code == 1
    assert "standard input is no terminal" in result.output
    with pytest.raises(ActionableError):
        require_terminal(io.StringIO(ACCOUNT_ID))


@pytest.mark.parametrize("typed", ["", "y", "yes", ACCOUNT_ID[:-1], f"{ACCOUNT_ID}0"])
def test_rule_1_no_run_without_the_typed_account(typed: str) -> None:
    with pytest.raises(ActionableError, match="nothing was deployed"):
        require_typed_account(ACCOUNT_ID, lambda _question: typed)
    require_typed_account(ACCOUNT_ID, lambda _question: f" {ACCOUNT_ID} ")


@pytest.mark.parametrize("name", ["run", "resume"])
def test_rule_1_no_option_replaces_the_typed_account(name: str) -> None:
    found = {option.name for option in cli.main.commands[name].params if isinstance(option, click.Option)}
    assert found <= {
        *("account", "assembly", "ceiling", "context", "hours", "level", "profile", "recordings", "stage"),
        "targets",
    }


@pytest.mark.usefixtures("command")
def test_rule_1_a_run_that_is_not_confirmed_leaves_nothing(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_commands, "_execute", lambda *_arguments, **_options: pytest.fail("it started"))
    result = invoke(*ARGUMENTS, "--assembly", str(directory), typed="no\n")
    assert result.exit_code == 1
    assert "nothing was deployed" in result.output
    assert list(tmp_path.iterdir()) == []


def test_rule_1_the_checks_of_the_account_are_part_of_a_run() -> None:
    assert {check.name for check in preflight.SAFETY} == {"root user", "organization", "account alias", "account name"}


def test_rule_1_a_run_does_not_continue_with_the_credentials_of_another_account(tmp_path: Path) -> None:
    environment = account_of(new_file(tmp_path), FakeCloudFormation())
    run_commands._require_account(environment)
    with pytest.raises(ActionableError, match="the credentials belong to 111122223333"):
        run_commands._require_account(replace(environment, caller="111122223333"))


# 2. A stack of others stops the run; plan, price and limits are shown before the first change.


@pytest.mark.parametrize("owner", ["", "another"])
def test_rule_2_a_stack_of_others_stops_a_deployment_and_is_not_touched(fake: FakeRun, owner: str) -> None:
    foreign = fake.aws.add("OrdersOnLambda", owner)
    with pytest.raises(ActionableError, match="does not belong to the run"):
        fake.run().execute()
    assert fake.deployed == []
    assert fake.aws.calls == []
    assert fake.aws.status(foreign) == "CREATE_COMPLETE"


@pytest.mark.usefixtures("command")
def test_rule_2_plan_price_and_limits_come_before_the_question(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_commands, "_execute", lambda *_arguments, **_options: None)
    result = invoke(*ARGUMENTS, "--assembly", str(directory), typed=f"{ACCOUNT_ID}\n")
    assert result.exit_code == 0, result.output
    before, question, _ = result.output.partition("Type the account ID")
    assert question
    for text in ("lambda", "dollars", "hours", "the ceiling is $5.00", "4 hours, or $5.00 before", "D10"):
        assert text in before


def test_rule_2_a_failed_check_stops_the_run(command: Iterator[list[Finding]], directory: Path, tmp_path: Path) -> None:
    next(command).append(failed("stacks", "OrdersData exists"))
    result = invoke(*ARGUMENTS, "--assembly", str(directory), typed=f"{ACCOUNT_ID}\n")
    assert result.exit_code == 1
    assert "Type the account ID" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_rule_2_drills_of_a_run_that_was_stopped_are_not_run(fake: FakeRun) -> None:
    fake.aws.add("OrdersOnLambda", "another")
    with pytest.raises(ActionableError):
        fake.run().execute()
    assert {found.reason for found in fake.file.state.drills} == {ENDED_BY_ERROR}
    assert fake.file.state.phase == "ended"


# 3. Every deployment has the same tags.


def test_rule_3_every_deployment_has_the_same_tags(fake: FakeRun) -> None:
    def again(context: DrillContext) -> DrillOutcome:
        assert context.redeploy().is_no_op
        return PASSED

    fake.drills["D1"] = again
    fake.run().execute()
    assert len(fake.deployed) == 2
    assert fake.deployed[0] == fake.deployed[1]
    assert f"containers-on-aws:sandbox-run={RUN}" in fake.deployed[0]
    assert "containers-on-aws:sandbox-expires=2026-11-29T16:00Z" in fake.deployed[0]
    assert state.read(RUN, fake.file.directory.parent).state.tags == fake.file.state.tags


# 4. The state is on the disk before each deployment, and has each stack as soon as it exists.


def test_rule_4_the_state_is_on_the_disk_before_the_deployment(fake: FakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (synced.append(descriptor), real(descriptor)))

    def check(names: list[str]) -> None:
        found = state.read(RUN, fake.file.directory.parent).state
        assert set(names) <= set(found.names)
        assert Path(found.assembly).is_dir()
        assert synced

    fake.on_deploy = check
    fake.run().execute()
    assert fake.deployed


def test_rule_4_a_stack_is_recorded_while_the_next_one_is_created(fake: FakeRun) -> None:
    """The CLI is killed after the second stack: the first one is on the disk already."""
    created = fake.aws.add

    def die(name: str) -> str:
        if len(fake.aws.stacks) == 2:
            recorded = state.read(RUN, fake.file.directory.parent).state.stacks
            assert len(recorded) >= 1
            raise SystemExit
        return created(name)

    fake.aws.add = die  # type: ignore[method-assign,assignment]
    with pytest.raises(SystemExit):
        fake.run().execute()


# 5. Only recorded stacks with the tag are deleted, by ID, the last one first, and never by force.


def test_rule_5_a_stack_that_is_not_in_the_state_file_is_not_deleted(fake: FakeRun) -> None:
    others = [fake.aws.add("OrdersOnLambda2"), fake.aws.add("Orders", ""), fake.aws.add("OrdersOnEksAuto", "another")]
    fake.run().execute()
    assert {fake.aws.status(stack_id) for stack_id in others} == {"CREATE_COMPLETE"}
    assert fake.file.state.existing == []


def test_rule_5_a_recorded_stack_without_the_tag_is_not_deleted(fake: FakeRun) -> None:
    stack_id = fake.aws.add("OrdersData", "another")
    fake.file.add_stack("OrdersData", stack_id)
    [remaining] = fake.run().delete()
    assert remaining.id == stack_id
    assert fake.aws.calls == []
    assert fake.file.state.phase == "deletion"


def test_rule_5_stacks_are_deleted_by_id_and_the_last_one_first(fake: FakeRun) -> None:
    fake.run().execute()
    deleted = [stack_id for operation, stack_id in fake.aws.calls if operation == "DeleteStack"]
    assert deleted == [stack.id for stack in reversed(fake.file.state.stacks)]
    assert all(stack_id.startswith("arn:") for stack_id in deleted)


def test_rule_5_nothing_is_deleted_by_force() -> None:
    """The fake rejects any parameter but the stack; this is about the source itself."""
    source = Path(deletion.__file__).read_text()
    assert re.findall(r"delete_stack\((.*)\)", source) == ["StackName=stack.id"]


def test_rule_5_what_cannot_be_deleted_is_listed_with_a_command(fake: FakeRun) -> None:
    stack_id = fake.aws.add("OrdersData")
    fake.file.add_stack("OrdersData", stack_id)
    fake.aws.fails = {stack_id: 9}
    [remaining] = fake.run().delete()
    assert remaining.fix == "aws cloudformation describe-stack-events --stack-name OrdersData"


def test_rule_5_a_resource_without_a_stack_is_listed_with_a_command(
    fake: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = Leftover(
        type="AWS::Logs::LogGroup", id="/aws/lambda/x", state=State.PRESENT, command="aws logs delete-log-group …"
    )
    kept = Leftover(type="AWS::DynamoDB::Backup", id="backup", state=State.EXPECTED)
    monkeypatch.setattr(leftovers, "search", lambda *_arguments: [group, kept])
    fake.drills["D1"] = interrupt
    assert fake.run().execute() == []
    console = make_console(fake.screen)
    with pytest.raises(ActionableError, match="did not run"):
        run_commands._print_results(console, fake.file, [], is_deletion=False)
    screen = fake.screen.getvalue()
    assert "AWS::Logs::LogGroup /aws/lambda/x may remain" in screen
    assert "aws logs delete-log-group" in screen
    assert "Backup" not in screen


# 6. The first Ctrl-C cancels an update and deletes the stacks; the second one ends the process at once.


def interrupt(_context: object) -> DrillOutcome:
    raise KeyboardInterrupt


def test_rule_6_the_first_interruption_deletes_the_stacks(fake: FakeRun) -> None:
    fake.drills["D1"] = interrupt
    assert fake.run().execute() == []
    assert fake.file.state.phase == "ended"
    assert {found.reason for found in fake.file.state.drills} == {INTERRUPTED}


def test_rule_6_an_update_is_cancelled_first(fake: FakeRun) -> None:
    def update(context: DrillContext) -> DrillOutcome:
        fake.aws.stacks[context.stacks[context.stack]]["StackStatus"] = "UPDATE_IN_PROGRESS"
        raise KeyboardInterrupt

    fake.drills["D1"] = update
    fake.run().execute()
    assert fake.file.state.existing == []
    last = fake.aws.calls[0][1]
    assert fake.aws.calls[:2] == [("CancelUpdateStack", last), ("DeleteStack", last)]


def test_rule_6_the_second_interruption_ends_at_once_with_the_command(fake: FakeRun) -> None:
    def again() -> None:
        raise KeyboardInterrupt

    def first(_context: DrillContext) -> DrillOutcome:
        fake.clock.on_wait = again
        raise KeyboardInterrupt

    fake.drills["D1"] = first
    with pytest.raises(ActionableError) as caught, run_commands._ends_with_commands(fake.file):
        fake.run().execute()
    assert f"python -m sandbox resume {RUN}" in caught.value.fix
    assert f"python -m sandbox destroy {RUN}" in caught.value.fix
    assert len(fake.aws.calls) == 1
    assert fake.file.state.existing


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_rule_6_other_signals_count_as_an_interruption(fake: FakeRun, number: signal.Signals) -> None:
    with pytest.raises(ActionableError, match="was interrupted"), run_commands._ends_with_commands(fake.file):
        os.kill(os.getpid(), number)


def test_rule_6_a_closed_terminal_does_not_stop_the_deletion(fake: FakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(fake, "screen", LastingOutput(closed))
    fake.drills["D1"] = interrupt
    assert fake.run().execute() == []
    assert fake.file.state.phase == "ended"


def test_rule_6_a_run_whose_deletion_was_interrupted_deletes_on_resume(fake: FakeRun) -> None:
    fake.drills["D1"] = interrupt
    stack_id = fake.aws.add("OrdersData")
    fake.file.save(phase="deletion")
    assert fake.run().execute() == []
    assert fake.aws.status(stack_id) == "DELETE_COMPLETE"
    assert fake.deployed == []


# 7. A run has a limit, which its tag names.


def test_rule_7_the_limit_ends_the_drills_and_deletes_the_stacks(fake: FakeRun) -> None:
    def wait(context: DrillContext) -> DrillOutcome:
        context.sleep(10 * 3600)
        return PASSED

    fake.drills["D1"] = wait
    assert fake.run().execute() == []
    assert fake.clock.seconds == pytest.approx((LIMIT - STARTED).total_seconds(), abs=600)
    assert {found.reason for found in fake.file.state.drills} == {LIMIT_PASSED}
    assert fake.file.state.existing == []


def test_rule_7_a_drill_cannot_turn_the_limit_into_a_result(fake: FakeRun) -> None:
    def ignore(context: DrillContext) -> DrillOutcome:
        with suppress(Exception):
            context.sleep(10 * 3600)
        return PASSED

    fake.drills["D1"] = ignore
    fake.run().execute()
    assert {found.outcome for found in fake.file.state.drills} == {Outcome.NOT_RUN}


def test_rule_7_the_limit_ends_the_cdk_cli(fake: FakeRun) -> None:
    def slow(_names: list[str]) -> None:
        fake.clock.seconds = (LIMIT - STARTED).total_seconds() + 1

    fake.on_deploy = slow
    assert fake.run().execute() == []
    assert {found.reason for found in fake.file.state.drills} == {LIMIT_PASSED}


def test_rule_7_the_ceiling_is_a_limit_of_time() -> None:
    assert limit_of(STARTED, hours=4, ceiling_usd=5, usd_per_hour=0.1) == STARTED + timedelta(hours=4)
    assert limit_of(STARTED, hours=4, ceiling_usd=5, usd_per_hour=10) == STARTED + timedelta(hours=0.5)
    assert limit_of(STARTED, hours=4, ceiling_usd=5, usd_per_hour=0) == STARTED + timedelta(hours=4)


def test_rule_7_the_hour_after_the_deletion_is_not_limited(fake: FakeRun) -> None:
    def destroy(context: DrillContext) -> DrillOutcome:
        context.delete_all()
        context.sleep(10 * 3600)
        return PASSED

    fake.drills["D10"] = destroy
    fake.run().execute()
    assert fake.file.state.drills[-1].outcome is Outcome.PASSED


def sweep(monkeypatch: pytest.MonkeyPatch, runs: Path, aws: FakeCloudFormation, *arguments: str) -> Result:
    monkeypatch.setattr(state, "RUNS", runs)
    monkeypatch.setattr(run_commands, "account_of", lambda _profile: account(cloudformation=aws))
    return invoke("sweep", "--account", ACCOUNT_ID, *arguments)


def test_rule_7_sweep_deletes_expired_runs_with_a_state_file_only(
    fake: FakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = fake.file
    file.save(limit=STARTED - timedelta(days=400), started=STARTED - timedelta(days=401))
    file.add_stack("OrdersData", fake.aws.add("OrdersData"))
    fake.aws.add("OrdersOnEksAuto", "abcd")
    swept: list[str] = []
    monkeypatch.setattr(run_commands, "_execute", lambda file, is_deletion: swept.append((file.state.run, is_deletion)))
    result = sweep(monkeypatch, file.directory.parent, fake.aws)
    assert result.exit_code == 0, result.output
    assert swept == []
    assert f"python -m sandbox destroy {RUN}" in result.output
    assert "aws cloudformation delete-stack --stack-name OrdersOnEksAuto" in result.output
    sweep(monkeypatch, file.directory.parent, fake.aws, "--delete")
    assert swept == [(RUN, True)]
    file.save(limit=STARTED + timedelta(days=4000))
    sweep(monkeypatch, file.directory.parent, fake.aws, "--delete")
    assert swept == [(RUN, True)]


# 8. Load is bounded: `tests/unit/sandbox` of the drills; a run has no other load.


def test_rule_8_only_drills_send_requests_to_a_service() -> None:
    sources = {path.name: path.read_text() for path in Path(run_commands.__file__).parent.glob("*.py")}
    assert [name for name, text in sources.items() if re.search(r"import .*(httpx|Prober)", text)] == []


# 9. Evidence identifies no account.


def test_rule_9_evidence_has_no_account_arn_or_address(fake: FakeRun) -> None:
    def leak(_context: DrillContext) -> DrillOutcome:
        reason = f"arn:aws:iam::{ACCOUNT_ID}:role/x at https://abc.execute-api.us-east-1.amazonaws.com from 10.0.0.1"
        return DrillOutcome(outcome=Outcome.FAILED, reason=reason)

    fake.drills["D1"] = leak
    fake.run().execute()
    found, path = run_results.write_evidence(fake.file)
    assert [result.drill for result in found.drills] == ["D1", "D3", "D10"]
    text = path.read_text()
    assert not re.search(r"\d{12}|arn:|amazonaws|10\.0\.0\.1", text)
    assert invoke("report", str(path)).exit_code == 0


# 10. The policy has what a run needs, and a missing permission is not read as "it does not exist".


def test_rule_10_the_policy_allows_deletion_of_tagged_stacks_only() -> None:
    statements = policy(ACCOUNT_ID)["Statement"]
    [found] = [one for one in statements if "cloudformation:DeleteStack" in one["Action"]]
    assert found["Condition"] == {"Null": {"aws:ResourceTag/containers-on-aws:sandbox-run": "false"}}
    assert set(found["Action"]) == {"cloudformation:CancelUpdateStack", "cloudformation:DeleteStack"}
    allowed = {action for one in statements for action in one["Action"]}
    assert {*deletion.PERMISSIONS, *own_stacks.PERMISSIONS} <= allowed


def test_rule_10_a_missing_permission_does_not_mean_that_there_is_no_stack(fake: FakeRun) -> None:
    stack_id = fake.aws.add("OrdersData")
    fake.file.add_stack("OrdersData", stack_id)
    fake.aws.denied = {"DescribeStacks"}
    with pytest.raises(ClientError):
        own_stacks.find(fake.aws, stack_id)
    with pytest.raises(ClientError):
        own_stacks.require_no_collision(fake.aws, fake.file, ["OrdersData"])
    with pytest.raises(ClientError):
        Deletion(fake.aws, fake.file, lambda _text: None, fake.clock).delete()
    assert [stack.id for stack in fake.file.state.existing] == [stack_id]
