"""What one template has that another has not: hashes and stacks' own names are no difference."""

import io
from typing import Any

from comparison.differences import as_terminal, compare
from comparison.differences.values import changes
from local_aws.screen import make_console


def said(one: Any, other: Any) -> list[tuple[str, str | None, str | None]]:
    return [(change.path, change.one, change.other) for change in changes(one, other)]


def test_the_last_property_that_differs_is_named() -> None:
    assert said({"A": {"B": 1, "C": 2}}, {"A": {"B": 1, "C": 3}}) == [("A.C", "2", "3")]


def test_what_only_one_side_has() -> None:
    assert said({"A": 1}, {"B": "x"}) == [("A", "1", None), ("B", None, "x")]


def test_lists_of_named_things_are_matched_by_name() -> None:
    one = [{"Name": "PORT", "Value": "1"}, {"Name": "OLD", "Value": "y"}]
    other = [{"Name": "NEW", "Value": "z"}, {"Name": "PORT", "Value": "2"}]
    assert said(one, other) == [
        ("[PORT].Value", "1", "2"),
        ("[OLD]", '{"Name": "OLD", "Value": "y"}', None),
        ("[NEW]", None, '{"Name": "NEW", "Value": "z"}'),
    ]


def test_other_lists_are_sets_and_their_order_is_no_difference() -> None:
    assert said(["a", "b"], ["b", "a"]) == []
    assert said(["a", "b"], ["b", "c"]) == [("[]", "a", None), ("[]", None, "c")]


def test_long_values_are_cut() -> None:
    [(_, one, _)] = said("x" * 1000, "y")
    assert one is not None
    assert len(one) < 120
    assert one.endswith("…")


def test_a_template_does_not_differ_from_itself(facts: Any) -> None:
    for target in facts.targets:
        found = compare(target, target)
        assert (found.only_one, found.only_other, found.changed) == ((), (), ())
        assert found.same == target.row.resources


def test_two_of_a_kind_differ_in_what_makes_them_two(facts: Any) -> None:
    """Fargate and Managed Instances share a task definition, a service and a front door."""
    found = compare(facts.target("ecs-fargate"), facts.target("ecs-managed-instances"))
    assert found.only_one == ()
    assert "AWS::ECS::CapacityProvider" in {part.kind for part in found.only_other}
    assert {pair.kind for pair in found.changed} == {"AWS::ECS::Service", "AWS::ECS::TaskDefinition"}
    assert found.same == 21


def test_turned_around_it_says_the_opposite(facts: Any) -> None:
    one, other = facts.target("ecs-fargate"), facts.target("lambda")
    there, back = compare(one, other), compare(other, one)
    assert (there.only_one, there.only_other, there.same) == (back.only_other, back.only_one, back.same)


def test_each_resource_is_counted_once(facts: Any) -> None:
    one, other = facts.target("eks-auto"), facts.target("beanstalk")
    found = compare(one, other)
    both = len(found.changed) + found.same
    assert len(found.only_one) + both == one.row.resources
    assert len(found.only_other) + both == other.row.resources


def test_the_code_s_role_is_matched_wherever_it_stands(facts: Any) -> None:
    found = compare(facts.target("ecs-fargate"), facts.target("lambda"))
    assert {(pair.kind, pair.place) for pair in found.changed} == {
        ("AWS::IAM::Role", "the code's role"),
        ("AWS::IAM::Policy", "the code's role/DefaultPolicy"),
    }


def test_the_terminal_form(facts: Any, snapshot: Any) -> None:
    console = make_console(io.StringIO(), {})
    console.print(as_terminal(compare(facts.target("ecs-fargate"), facts.target("ecs-managed-instances"))))
    assert "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) == snapshot
