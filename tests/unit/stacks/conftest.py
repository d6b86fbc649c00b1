"""Fixtures with the template of the workflow and its state machine."""

from typing import Any

import pytest

from tests.conftest import Template, resources
from tests.snapshot.readable import readable

States = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def workflow(templates: dict[str, Template]) -> Template:
    return readable(templates["OrdersWorkflow"])


@pytest.fixture(scope="session")
def state_machine(workflow: Template) -> dict[str, Any]:
    [properties] = resources(workflow, "AWS::StepFunctions::StateMachine")
    definition: dict[str, Any] = properties["DefinitionString"]
    return definition


@pytest.fixture(scope="session")
def tasks(state_machine: dict[str, Any]) -> States:
    return {name: state for name, state in state_machine["States"].items() if state["Type"] == "Task"}
