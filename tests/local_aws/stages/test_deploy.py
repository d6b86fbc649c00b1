"""What a deployment that failed means for each target, and for the run."""

from pathlib import Path

import pytest

from deployment import cdk, deployed
from deployment.assembly import Assembly, Stack, Target
from deployment.console import Progress, make_console
from deployment.deployed import Deployed, StackState
from deployment.errors import ActionableError
from deployment.results import Outcome
from deployment.stages.deploy import deploy
from deployment.stages.stopwatch import Stopwatch
from local_aws.environment import EngineInfo, LocalEnvironment

BROKEN = ActionableError("cdk deploy failed", "docker build … exited with 1", "see deploy.log")
COMPLETE = StackState(complete=True, status="CREATE_COMPLETE", reason="", outputs={"Url": "https://x"})
ROLLED_BACK = StackState(complete=False, status="ROLLBACK_COMPLETE", reason="", outputs={})


@pytest.fixture
def running(tmp_path: Path) -> LocalEnvironment:
    return LocalEnvironment(
        endpoint="http://127.0.0.1:1",
        container_endpoint="http://127.0.0.1:1",
        engine=EngineInfo(kind="processes"),
        emulator_pid=1,
        emulator_started=1,
        label="x",
        directory=tmp_path,
        assembly=tmp_path,
    )


@pytest.fixture
def after(running: LocalEnvironment, monkeypatch: pytest.MonkeyPatch):
    """Deploys, with what the CLI raises and what then stands there given."""

    def run(problem: ActionableError | None, **stacks: StackState):
        def deploy_all(*_args: object) -> dict[str, object]:
            if problem:
                raise problem
            return {}

        known = (Stack(name="Service", template=Path(), resources=2, depends_on=()),)
        target = Target(id="ecs-fargate", construct="X", stack="Service", logical_ids=())
        assembly = Assembly(path=Path(), stacks=known, targets={target.id: target})
        monkeypatch.setattr(cdk, "deploy", deploy_all)
        monkeypatch.setattr(deployed, "failure", lambda *_args: "circuit breaker")
        monkeypatch.setattr(deployed, "read", lambda found: Deployed(running=found, assembly=assembly, stacks=stacks))
        return deploy(running, Progress(make_console()), Stopwatch())

    return run


def test_a_deployment_that_fails_before_any_target_fails_the_run(after):
    found = after(BROKEN)
    assert found.failed()
    assert (found.deployment.reason, found.deployment.cause, found.deployment.fix) == (
        BROKEN.message,
        BROKEN.cause,
        BROKEN.fix,
    )
    assert found.targets["ecs-fargate"].outcome is Outcome.NOT_RUN
    assert found.targets["ecs-fargate"].reason == "the deployment ended before it: cdk deploy failed"


def test_a_deployment_that_fails_behind_the_targets_fails_the_run(after):
    found = after(BROKEN, Service=COMPLETE)
    assert found.failed()
    assert found.targets["ecs-fargate"].url == "https://x"


def test_a_target_whose_stack_failed_says_why(after):
    found = after(ActionableError("Service was not deployed: Tasks failed"), Service=ROLLED_BACK)
    assert found.failed()
    assert found.deployment.outcome is Outcome.FAILED
    target = found.targets["ecs-fargate"]
    assert (target.outcome, target.reason, target.cause) == (
        Outcome.FAILED,
        "its stack is ROLLBACK_COMPLETE",
        "circuit breaker",
    )


def test_a_deployment_that_went_well_fails_nothing(after):
    found = after(None, Service=COMPLETE)
    assert not found.failed()
    assert found.deployment.outcome is Outcome.PASSED
