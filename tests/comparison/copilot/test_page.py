"""docs/leaving-copilot.md shows what the command prints, and promises nothing that it does not do."""

import re

from copilot_import.kinds import KINDS
from tests.comparison.copilot.page import PAGE, WRITE, current
from tests.conftest import ROOT


def test_the_example_is_what_the_command_prints():
    text = PAGE.read_text()
    assert text == current(text), f"run: {WRITE}"


def test_the_page_names_every_kind_and_targets_that_suit_it():
    text = PAGE.read_text()
    for kind in KINDS.values():
        row = next(line for line in text.splitlines() if line.startswith("|") and kind.name in line)
        named = [name for name in re.findall(r"`([a-z0-9-]+)`", row) if "_" not in name]
        assert named == [name for name in kind.targets if name in named]
        assert bool(named) == bool(kind.targets)


def test_constructs_that_the_page_names_are_there():
    door = (ROOT / "microservice" / "__init__.py").read_text()
    constructs = ("SourceImage", "PromotedImage", "OwnDomain", "ServiceSpec")
    for name in (*constructs, "live_function", "one_shot_task_definition"):
        assert f'"{name}"' in door
        assert f"`{name}`" in PAGE.read_text()
