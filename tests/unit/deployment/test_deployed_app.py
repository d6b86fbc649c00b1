"""What is deployed, and where its logs are."""

from pathlib import Path

import pytest

from deployment.assembly import Assembly, Target
from deployment.deployed_app import DeployedApp, StackState
from tests.unit.deployment.fake_environment import FakeEnvironment

SERVICE = StackState(status="CREATE_COMPLETE", outputs={"Url": "https://x"})
WORKFLOW = StackState(status="CREATE_COMPLETE", outputs={"StateMachineArn": "arn"})


@pytest.mark.parametrize(
    ("stacks", "workflow"),
    [({"Service": SERVICE}, {}), ({"Service": SERVICE, "Flow": WORKFLOW}, {"workflow": "Flow"}), ({}, {})],
)
def test_an_app_without_a_workflow_has_logs_of_its_targets(
    stacks: dict[str, StackState], workflow: dict[str, str]
) -> None:
    target = Target(id="ecs-fargate:Service/Orders", construct="X", stack="Service", logical_ids=())
    assembly = Assembly(path=Path(), stacks=(), targets={target.id: target})
    app = DeployedApp(environment=FakeEnvironment(), assembly=assembly, stacks=stacks)
    assert app.stacks_with_logs == {target.id: "Service", **workflow}
