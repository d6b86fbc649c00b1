"""D10: what remains after the deletion, and the statements that follow from it."""

import json
from pathlib import Path
from typing import Any

import pytest

from deployment.errors import ActionableError
from deployment.results import Outcome
from sandbox.drills import destroy
from sandbox.drills.destroy import Facts
from sandbox.leftovers import Leftover
from sandbox.resource_kinds import State
from tests.unit.deployment.aws_responses import write_assembly
from tests.unit.sandbox.drill_contexts import Drilled, drilled

BEFORE = (("cloudformation", "list_stack_resources", "empty"),)
SEARCH = (
    ("cloudformation", "describe_stacks", "deleted"),
    ("cloudformation", "list_stack_resources", "empty"),
    ("resourcegroupstaggingapi", "get_resources", "none"),
)
TAGGED = ("resourcegroupstaggingapi", "get_resources", "tagged")


def left(type_: str, state: State = State.PRESENT, id_: str = "x") -> Leftover:
    return Leftover(type=type_, id=id_, state=state, reason="" if state is State.PRESENT else "a reason")


def facts(*found: Leftover, **changes: Any) -> Facts:
    values = {"target": "ecs-express", "is_destroyed": True, "found": found, "searches": 2, **changes}
    return Facts(**values)


def context(tmp_path: Path, *responses: tuple[str, str, str], **arguments: Any) -> Drilled:
    assembly = write_assembly(tmp_path, {"Orders": {"Resources": {"Table": {"Type": "AWS::DynamoDB::Table"}}}})
    stacks = ("cloudformation", "describe_stacks", "standing")
    # The drill reads the stacks for the namespace between the inventory and the first search.
    found = drilled(*BEFORE, stacks, *responses, directory=tmp_path, **arguments)
    found.context.environment.assembly = assembly.path  # type: ignore[misc]
    return found


class TestRun:
    def test_it_searches_twice_an_hour_apart(self, tmp_path: Path) -> None:
        found = context(tmp_path, *SEARCH, *SEARCH)
        outcome = destroy.run(found.context)
        assert (outcome.outcome, outcome.reason) == (Outcome.PASSED, "")
        assert found.deleted == ["all"]
        assert sum(found.slept) == 3600
        assert (tmp_path / destroy.INVENTORY_FILE).is_file()
        assert json.loads((tmp_path / destroy.LEFTOVERS_FILE).read_text()) == []

    def test_a_limit_that_is_nearer_leaves_the_second_search_to_sweep(self, tmp_path: Path) -> None:
        found = context(tmp_path, *SEARCH, limit_s=600)
        outcome = destroy.run(found.context)
        assert outcome.outcome is Outcome.PASSED
        assert "second search was not run" in outcome.reason
        assert any("python -m sandbox sweep" in text for text in found.reports)

    def test_ctrl_c_is_no_result(self, tmp_path: Path) -> None:
        found = context(tmp_path, *SEARCH)

        def interrupted(_seconds: float) -> None:
            raise KeyboardInterrupt

        object.__setattr__(found.context, "sleep", interrupted)
        with pytest.raises(KeyboardInterrupt):
            destroy.run(found.context)

    def test_what_remains_is_reported_with_its_command(self, tmp_path: Path) -> None:
        again = (*SEARCH[:2], TAGGED, ("sqs", "get_queue_url", "present"))
        # Of the ARNs that the tagging API lists, the table is deleted.
        table = ("dynamodb", "describe_table", "absent")
        found = context(tmp_path, *again, table, *again, table)
        outcome = destroy.run(found.context)
        assert outcome.outcome is Outcome.FAILED
        assert outcome.reason == "1 remain: SQS::Queue"
        assert any("aws sqs delete-queue" in text for text in found.reports)

    def test_after_a_failed_deletion_it_searches_all_the_same(self, tmp_path: Path) -> None:
        def fail(_what: str) -> None:
            raise ActionableError("Orders was not deleted", "", "")

        found = context(tmp_path, *SEARCH, on_delete=fail)
        outcome = destroy.run(found.context)
        assert outcome.outcome is Outcome.FAILED
        assert "Orders was not deleted" in outcome.reason
        assert found.slept == []
        assert outcome.proven == ()


class TestStatements:
    @pytest.mark.parametrize(
        ("id_", "seen", "verdict"),
        [
            ("express-deletion-leaves-nothing", facts(), True),
            ("express-deletion-leaves-nothing", facts(left("AWS::EC2::SecurityGroup")), False),
            ("express-deletion-leaves-nothing", facts(left("AWS::SQS::Queue", State.UNKNOWN)), None),
            ("express-deletion-leaves-nothing", facts(left("tagged resources", State.UNKNOWN)), None),
            ("express-deletion-leaves-nothing", facts(is_destroyed=False), None),
            ("app-runner-deletion", facts(left("AWS::Logs::LogGroup", State.EXPECTED)), True),
            ("managed-instances-destroy-completes", facts(), True),
            ("managed-instances-destroy-completes", facts(is_destroyed=False), None),
            ("no-insights-log-group-left", facts(has_insights=True), True),
            ("no-insights-log-group-left", facts(has_insights=True, searches=1), None),
            ("no-insights-log-group-left", facts(), None),
            ("no-insights-log-group-left", facts(left("AWS::Logs::LogGroup"), has_insights=True), True),
            (
                "no-insights-log-group-left",
                facts(left("AWS::Logs::LogGroup", id_="/aws/ecs/containerinsights/x"), searches=1),
                False,
            ),
            ("eks-no-log-group-left", facts(), True),
            ("eks-no-log-group-left", facts(left("AWS::Logs::LogGroup", id_="/aws/eks/x"), searches=1), False),
            ("eks-no-log-group-left", facts(searches=1), None),
            ("eks-destroy-order", facts(), None),
            ("eks-destroy-order", facts(namespace="orders", namespaces=["default"]), True),
            ("eks-destroy-order", facts(namespace="orders", namespaces=["default", "orders"]), False),
            ("beanstalk-logs", facts(), True),
            ("beanstalk-logs", facts(left("AWS::Logs::LogGroup")), False),
        ],
    )
    def test_a_statement_follows_from_what_was_seen(self, id_: str, seen: Facts, verdict: bool | None) -> None:
        assert destroy.OBSERVERS[id_](seen) is verdict
