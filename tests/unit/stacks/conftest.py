"""The workflow's template, opened up."""

from typing import Any

import pytest

from tests.conftest import Template, resources
from tests.snapshot.readable import readable

States = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def workflow(templates: dict[str, Template]) -> Template:
    return readable(templates["OrdersWorkflow"])


@pytest.fixture(scope="session")
def machine(workflow: Template) -> dict[str, Any]:
    [properties] = resources(workflow, "AWS::StepFunctions::StateMachine")
    definition: dict[str, Any] = properties["DefinitionString"]
    return definition


@pytest.fixture(scope="session")
def tasks(machine: dict[str, Any]) -> States:
    return {name: state for name, state in machine["States"].items() if state["Type"] == "Task"}
