"""Results of a deployment that failed, for each target and for the run."""

from pathlib import Path

import pytest

from deployment import cdk
from deployment.assembly import Assembly, Stack, Target
from deployment.console import Progress, make_console
from deployment.deployed_app import DeployedApp, StackState
from deployment.errors import ActionableError
from deployment.results import Outcome
from deployment.run import deploy
from tests.unit.deployment.fake_environment import FakeEnvironment

BROKEN = ActionableError("cdk deploy failed", "docker build … exited with 1", "see deploy.log")
COMPLETE = StackState(status="CREATE_COMPLETE", outputs={"Url": "https://x"})
ROLLED_BACK = StackState(status="ROLLBACK_COMPLETE", outputs={})


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch):
    """Run `deploy` with the given error of the CDK CLI and the given stacks."""

    def run(error: ActionableError | None, **stacks: StackState):
        def deploy_all(*_args: object) -> dict[str, object]:
            if error:
                raise error
            return {}

        known = (Stack(name="Service", template=Path(), resources=2, depends_on=()),)
        target = Target(id="ecs-fargate", construct="X", stack="Service", logical_ids=())
        assembly = Assembly(path=Path(), stacks=known, targets={target.id: target})
        environment = FakeEnvironment(runs_containers=False)
        app = DeployedApp(environment=environment, assembly=assembly, stacks=stacks)
        monkeypatch.setattr(cdk, "deploy", deploy_all)
        monkeypatch.setattr(Assembly, "load", lambda _path: assembly)
        monkeypatch.setattr(DeployedApp, "read", lambda _environment: app)
        monkeypatch.setattr(DeployedApp, "failure_reason", lambda *_args: "circuit breaker")
        return deploy(environment, Progress(make_console()))

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


def test_a_deployment_that_fails_after_the_targets_fails_the_run(after):
    found = after(BROKEN, Service=COMPLETE)
    assert found.failed()
    assert found.targets["ecs-fargate"].url == "https://x"


def test_a_target_whose_stack_failed_has_its_cause(after):
    found = after(ActionableError("Service was not deployed: Tasks failed"), Service=ROLLED_BACK)
    assert found.failed()
    assert found.deployment.outcome is Outcome.FAILED
    target = found.targets["ecs-fargate"]
    assert (target.outcome, target.reason, target.cause) == (
        Outcome.FAILED,
        "its stack is ROLLBACK_COMPLETE",
        "circuit breaker",
    )
    assert target.fix == "fake logs ecs-fargate"


def test_a_stack_without_the_url_of_its_service_has_a_fix(after):
    found = after(None, Service=StackState(status="CREATE_COMPLETE", outputs={"Address": "https://x"}))
    target = found.targets["ecs-fargate"]
    assert (target.outcome, target.reason) == (Outcome.FAILED, "no output of Service has its URL")
    assert 'add CfnOutput(stack, "Url", value=service.url)' in target.fix


def test_a_deployment_that_succeeds_fails_nothing(after):
    found = after(None, Service=COMPLETE)
    assert not found.failed()
    assert found.deployment.outcome is Outcome.PASSED
    assert (found.environment, found.engine.name) == ("fake", "AWS")
    assert list(found.steps) == ["deploy"]
