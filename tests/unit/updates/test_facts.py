"""The recorded verdicts: the same for the same matrix, and readable differences."""

import copy
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from deployment.errors import ActionableError
from microservice import ServiceSpec
from tests.unit.updates.samples import behind_load_balancer, change_set
from updates import facts
from updates.changes import Change, base_variant
from updates.declared import Declaration
from updates.findings import SHARED, Kind
from updates.matrix import Matrix, isolated
from updates.report import undeclared
from updates.verdicts import Judgement, Verdict, findings_of, judge

BASE = base_variant(ServiceSpec(name="orders"))
PORT = Change(id="port", kind="field", text="8080 → 9090", before=BASE, after=BASE)
DECLARATION = Declaration(
    targets=("ecs-fargate",),
    changes=("port",),
    kinds=tuple(Kind),
    type="*",
    property="*",
    consequence="Requests get 503.",
    way_around="Do not.",
)


def matrix(*declarations: Declaration) -> Matrix:
    update = change_set(behind_load_balancer(port=1), behind_load_balancer(port=2))
    judgement = judge(
        target="ecs-fargate",
        change="port",
        changes=list(update.changes.values()),
        findings=findings_of(update),
        declarations=declarations,
        change_set=update,
    )
    judgements = {
        ("port", "ecs-fargate"): judgement,
        ("port", "lambda"): Judgement(verdict=Verdict.UNSUPPORTED, message="no port"),
        ("port", SHARED): Judgement(verdict=Verdict.UNCHANGED),
    }
    return Matrix(
        targets=["ecs-fargate", "lambda"], changes=[PORT], judgements=judgements, declarations=list(declarations)
    )


def test_a_cell_has_its_verdict_and_the_reasons() -> None:
    [change] = facts.facts_of(matrix(DECLARATION))["changes"]
    assert change["cells"] == {
        "ecs-fargate": {
            "verdict": "replacement",
            "consequence": "Requests get 503.",
            "way_around": "Do not.",
        },
        "lambda": {"verdict": "unsupported", "reason": "no port"},
        "shared": {"verdict": "unchanged"},
    }


def test_what_is_written_is_read_and_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    found = facts.facts_of(matrix(DECLARATION))
    facts.write(found, one)
    facts.write(facts.facts_of(matrix(DECLARATION)), other)
    assert one.read_bytes() == other.read_bytes()
    assert facts.read(one) == found
    assert list(facts.differences(facts.read(one), found)) == []


def test_results_of_executed_changes_are_kept_and_do_not_count() -> None:
    recorded: Any = copy.deepcopy(facts.facts_of(matrix(DECLARATION)))
    recorded["changes"][0]["cells"]["ecs-fargate"]["executed"] = {"lost": 0}
    again = facts.facts_of(matrix(DECLARATION), recorded)
    assert again == recorded
    assert list(facts.differences(recorded, facts.facts_of(matrix(DECLARATION)))) == []


def test_a_difference_names_change_target_and_both_verdicts() -> None:
    recorded: Any = copy.deepcopy(facts.facts_of(matrix(DECLARATION)))
    recorded["changes"][0]["cells"]["ecs-fargate"] = {"verdict": "rolling"}
    recorded["changes"][0]["cells"]["beanstalk"] = {"verdict": "rolling"}
    gone, changed = facts.differences(recorded, facts.facts_of(matrix(DECLARATION)))
    assert gone == "port on beanstalk: rolling (8080 → 9090) is recorded, nothing is computed"
    assert changed.startswith("port on ecs-fargate: rolling (8080 → 9090) is recorded, replacement (8080 → 9090; cons")


def test_without_records_the_fix_is_the_command(tmp_path: Path) -> None:
    with pytest.raises(ActionableError, match="python -m updates --write"):
        facts.read(tmp_path / "none.json")


def test_an_undeclared_finding_is_reported_with_its_cascade() -> None:
    lines = list(undeclared(matrix()))
    listener = "AWS::ElasticLoadBalancingV2::Listener"
    number = next(n for n, line in enumerate(lines) if f"empty target group of {listener} Service/Listener" in line)
    assert lines[number].startswith("port on ecs-fargate: ")
    assert lines[number + 1 : number + 3] == [
        "    Service/Group AWS::ElasticLoadBalancingV2::TargetGroup: Port",
        f"    Service/Listener {listener}: DefaultActions/*/TargetGroupArn",
    ]
    assert list(undeclared(matrix(DECLARATION))) == []


def test_a_declaration_that_covers_nothing_is_reported() -> None:
    unused = dataclasses.replace(DECLARATION, targets=("lambda",), kinds=(Kind.REMOVAL,), type="T")
    assert list(undeclared(matrix(DECLARATION, unused))) == [
        "declared.toml: port on lambda causes no removal of T: remove the entry"
    ]


def test_an_isolated_update_keeps_other_targets_and_the_exports_that_they_import() -> None:
    def network(*names: str) -> dict[str, Any]:
        return {"Outputs": {name: {"Value": name, "Export": {"Name": f"N:{name}"}} for name in names}}

    def service(text: str, *names: str) -> dict[str, Any]:
        return {"Description": text, "Resources": [{"Fn::ImportValue": f"N:{name}"} for name in names]}

    before = {"N": network("a", "b"), "One": service("old", "a"), "Other": service("old", "b"), "Gone": service("old")}
    after = {"N": network(), "One": service("new"), "Other": service("new")}
    found = isolated(before, after, {"Other"})
    assert found["One"]["Description"] == "new"
    assert found["Other"]["Description"] == found["Gone"]["Description"] == "old"
    assert list(found["N"]["Outputs"]) == ["b"]
