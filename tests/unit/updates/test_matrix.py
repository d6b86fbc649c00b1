"""The whole matrix, in a process of its own: nothing is undeclared, and the recorded verdicts are current."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT
from updates import facts


@pytest.mark.slow
def test_the_recorded_verdicts_are_current_and_nothing_is_undeclared() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "updates", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, f"{finished.stdout}{finished.stderr}\nrun: {facts.WRITE}"


def test_the_recorded_verdicts_have_no_undeclared_change() -> None:
    verdicts = {cell["verdict"] for change in facts.read()["changes"] for cell in change["cells"].values()}
    assert verdicts <= set(facts.read()["verdicts"])
    assert "undeclared" not in verdicts


def test_every_replacement_has_a_consequence_and_a_way_around() -> None:
    for change in facts.read()["changes"]:
        for target, cell in change["cells"].items():
            if cell["verdict"] == "replacement":
                assert cell["consequence"], (change["id"], target)
                assert cell["way_around"], (change["id"], target)
            if cell["verdict"] in ("rejected", "unsupported"):
                assert cell.get("reason") or cell.get("consequence"), (change["id"], target)
