"""The page on Copilot shows the current output of the command and names existing constructs."""

import re

import microservice
from copilot_import.workload_types import WORKLOAD_TYPES
from tests.unit.copilot_import.page import PAGE, WRITE, current


def test_the_example_is_current():
    text = PAGE.read_text()
    assert text == current(text), f"run: {WRITE}"


def test_the_page_lists_every_workload_type_with_suitable_targets():
    text = PAGE.read_text()
    for workload_type in WORKLOAD_TYPES.values():
        row = next(line for line in text.splitlines() if line.startswith("|") and workload_type.name in line)
        named = [name for name in re.findall(r"`([a-z0-9-]+)`", row) if "_" not in name]
        assert named == [name for name in workload_type.targets if name in named]
        assert bool(named) == bool(workload_type.targets)


def test_the_constructs_that_the_page_names_exist():
    constructs = ("SourceImage", "PromotedImage", "CustomDomain", "ServiceSpec")
    for name in (*constructs, "function_with_live_alias", "one_shot_task_definition"):
        assert name in microservice.__all__
        assert f"`{name}`" in PAGE.read_text()
