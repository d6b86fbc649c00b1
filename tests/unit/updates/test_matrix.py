"""The matrix: nothing is undeclared, the recorded verdicts are current, and each one belongs to its change."""

import subprocess
import sys
from dataclasses import replace

import pytest

from service import SPEC
from tests.conftest import ROOT
from updates import facts
from updates.changes import Change, base_variant, option_changes
from updates.findings import SHARED
from updates.matrix import Builder, judge_change
from updates.variants import Synthesis, Variant
from updates.verdicts import Verdict


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


TARGETS = {"lambda": "OnLambda", "ecs-fargate": "OnEcs"}


def synthesis(**values: str) -> Synthesis:
    """An app with one resource in each stack."""
    stacks = {"Network": "", "OnLambda": "", "OnEcs": "", **values}
    templates = {
        stack: {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": f"topic {value}"}}}}
        for stack, value in stacks.items()
    }
    return Synthesis(templates=templates, targets=TARGETS, rejected={}, unsupported_fields={})


def test_a_change_of_shared_stacks_belongs_to_the_option_that_causes_it() -> None:
    """One round sets an option of Lambda, which changes its stack only, and one of ECS, which changes the network."""
    found = {
        "base": synthesis(),
        "round": synthesis(OnLambda="quiet", OnEcs="loud", Network="loud"),
        "quiet": synthesis(OnLambda="quiet"),
        "loud": synthesis(OnEcs="loud", Network="loud"),
    }
    builder = Builder(found={(name, frozenset()): each for name, each in found.items()})
    variants = {name: Variant(name=name, spec=SPEC) for name in found}
    verdicts = {}
    for option, target in (("quiet", "lambda"), ("loud", "ecs-fargate")):
        for before, after, alone in (("base", "round", ("base", option)), ("round", "base", (option, "base"))):
            change = Change(
                id=option,
                kind="option",
                text="",
                before=variants[before],
                after=variants[after],
                targets=frozenset({target}),
                alone=(variants[alone[0]], variants[alone[1]]),
            )
            judgements = judge_change(builder, change, ())
            by_itself = judge_change(builder, replace(change, before=change.alone[0], after=change.alone[1]), ())
            assert judgements == by_itself
            assert judgements[option, target].verdict is Verdict.IN_PLACE
            verdicts[option] = judgements[option, SHARED].verdict
    assert verdicts == {"quiet": Verdict.UNCHANGED, "loud": Verdict.IN_PLACE}


def test_each_option_of_a_round_has_a_variant_of_its_own() -> None:
    for change in option_changes(base_variant(SPEC)):
        if change.id.startswith("web_acl_arn"):
            continue
        assert change.alone is not None
        before, after = change.alone
        names = {name for given in (before.arguments, after.arguments) for found in given.values() for name in found}
        assert names == {change.id.split()[0]}
