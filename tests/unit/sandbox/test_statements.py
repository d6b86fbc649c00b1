"""Each statement that names a drill is settled by that drill, needs a variant, or is listed with the reason."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from comparison.facts.unverified import Statement, read_unverified
from deployment.drills import DRILLS
from deployment.target_ids import documented_targets
from sandbox import drills
from sandbox.drills import bad_version, contract, destroy, fields, load, replica
from sandbox.drills.settlement import statements_of

OBSERVERS: Mapping[str, Mapping[str, Callable[[Any], bool | None]]] = {
    "D1": contract.OBSERVERS,
    "D2": {},
    "D3": {},
    "D4": bad_version.UPDATE_OBSERVERS,
    "D5": bad_version.FIRST_OBSERVERS,
    "D6": bad_version.ALARM_OBSERVERS,
    "D7": replica.OBSERVERS,
    "D8": load.OBSERVERS,
    "D9": fields.OBSERVERS,
    "D10": destroy.OBSERVERS,
}
NOT_SETTLED: Mapping[str, Mapping[str, str]] = {"D1": contract.NOT_SETTLED, "D9": fields.NOT_SETTLED}
STATEMENTS = {one.id: one for one in read_unverified(documented_targets())}
PAIRS = [pytest.param(one, drill, id=f"{one.id}-{drill}") for one in STATEMENTS.values() for drill in one.drills]


def test_every_drill_has_a_function() -> None:
    assert list(drills.RUN) == [drill.id for drill in DRILLS]
    assert list(OBSERVERS) == list(drills.RUN)


@pytest.mark.parametrize(("statement", "drill"), PAIRS)
def test_every_statement_with_a_drill_is_settled_or_listed(statement: Statement, drill: str) -> None:
    is_settled = statement.id in OBSERVERS[drill]
    reason = NOT_SETTLED.get(drill, {}).get(statement.id, "")
    # One of three, and none of the others.
    assert [is_settled, bool(statement.variant), bool(reason)].count(True) == 1
    if is_settled:
        target = statement.target if statement.target in documented_targets() else "ecs-fargate"
        assert statement in statements_of(drill, target)


@pytest.mark.parametrize("drill", OBSERVERS)
def test_no_drill_settles_a_statement_that_does_not_name_it(drill: str) -> None:
    settled = [*OBSERVERS[drill], *NOT_SETTLED.get(drill, {})]
    assert [id_ for id_ in settled if drill not in STATEMENTS[id_].drills] == []


@pytest.mark.parametrize("drill", OBSERVERS)
def test_a_statement_of_another_target_is_not_settled(drill: str) -> None:
    for target in documented_targets():
        found = {one.target for one in statements_of(drill, target)}
        assert found <= {"all", "workflow", target}
