"""The diff of two templates: hashes and stack names are no difference."""

import io
import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from comparison.diff import Diff, changes, compare, diff_document
from comparison.formats import terminal
from deployment.console import make_console, show


def changed(one: Any, other: Any) -> list[tuple[str, str | None, str | None]]:
    return [(change.path, change.one, change.other) for change in changes(one, other)]


def test_the_last_property_that_differs_is_named() -> None:
    assert changed({"A": {"B": 1, "C": 2}}, {"A": {"B": 1, "C": 3}}) == [("A.C", "2", "3")]


def test_properties_of_one_template_only() -> None:
    assert changed({"A": 1}, {"B": "x"}) == [("A", "1", None), ("B", None, "x")]


def test_lists_of_named_items_are_matched_by_name() -> None:
    one = [{"Name": "PORT", "Value": "1"}, {"Name": "OLD", "Value": "y"}]
    other = [{"Name": "NEW", "Value": "z"}, {"Name": "PORT", "Value": "2"}]
    assert changed(one, other) == [
        ("[PORT].Value", "1", "2"),
        ("[OLD]", "{Name: OLD, Value: y}", None),
        ("[NEW]", None, "{Name: NEW, Value: z}"),
    ]


def test_other_lists_are_sets_and_their_order_is_no_difference() -> None:
    assert changed(["a", "b"], ["b", "a"]) == []
    assert changed(["a", "b"], ["b", "c"]) == [("[]", "a", None), ("[]", None, "c")]


def test_values_are_whole() -> None:
    assert changed("x y " * 1000, "z") == [("", " ".join(["x y"] * 1000), "z")]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (
            {"Effect": "Allow", "Action": ["a:B", "a:C"], "Resource": "*", "Sid": "One"},
            "Allow a:B, a:C on *",
        ),
        (
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}},
            "Allow sts:AssumeRole to Service lambda.amazonaws.com",
        ),
        (
            {"Effect": "Deny", "NotAction": "a:B", "NotResource": "x", "Condition": {"Bool": {"secure": "false"}}},
            "Deny everything but a:B if Bool secure false {NotResource: x}",
        ),
        ([True, None, 1.5], "[true, null, 1.5]"),
        (["a", "b"], "a, b"),
        ({"a": {"b": ["c", 1]}}, "{a: {b: [c, 1]}}"),
        ("", "''"),
        (0, "0"),
    ],
)
def test_a_value_is_printed_in_one_line(value: Any, words: str) -> None:
    assert changed({}, {"new": value}) == [("new", None, words)]


def test_a_template_does_not_differ_from_itself(facts: Any) -> None:
    for target in facts.targets:
        found = compare(target, target)
        assert (found.only_one, found.only_other, found.changed) == ((), (), ())
        assert found.identical == target.resource_count


def test_similar_targets_differ_only_in_their_capacity(facts: Any) -> None:
    """Fargate and Managed Instances share a task definition, a service and an ingress."""
    found = compare(facts.target("ecs-fargate"), facts.target("ecs-managed-instances"))
    assert found.only_one == ()
    assert "AWS::ECS::CapacityProvider" in {part.type for part in found.only_other}
    assert {pair.type for pair in found.changed} == {"AWS::ECS::Service", "AWS::ECS::TaskDefinition"}
    assert found.identical == 21


def test_the_reverse_diff_is_the_opposite(facts: Any) -> None:
    one, other = facts.target("ecs-fargate"), facts.target("lambda")
    there, back = compare(one, other), compare(other, one)
    assert (there.only_one, there.only_other, there.identical) == (back.only_other, back.only_one, back.identical)


def test_each_resource_is_counted_once(facts: Any) -> None:
    one, other = facts.target("eks-auto"), facts.target("beanstalk")
    found = compare(one, other)
    both = len(found.changed) + found.identical
    assert len(found.only_one) + both == one.resource_count
    assert len(found.only_other) + both == other.resource_count


def test_the_application_role_is_matched_at_any_path(facts: Any) -> None:
    found = compare(facts.target("ecs-fargate"), facts.target("lambda"))
    assert {(pair.type, pair.path) for pair in found.changed} == {
        ("AWS::IAM::Role", "application role"),
        ("AWS::IAM::Policy", "application role/DefaultPolicy"),
    }


def every_text(found: Diff) -> Iterator[str]:
    for part in (*found.only_one, *found.only_other, *found.changed):
        yield part.path
    for change in (change for pair in found.changed for change in pair.changes):
        yield from (text for text in (change.path, change.one, change.other) if text)


def test_paths_are_those_of_the_construct_tree(facts: Any) -> None:
    """No name of a target's own stack, and no id in place of a path."""
    pairs = list(itertools.permutations(facts.targets, 2))
    texts = {text for one, other in pairs for text in every_text(compare(one, other))}
    rule = "Orders/Service/SecurityGroup from Orders/FrontDoor/LoadBalancer/SecurityGroup:8080"
    assert rule in texts
    assert "Orders/FrontDoor/LoadBalancer/SecurityGroup from OrdersNetwork/FrontDoorLinkSecurityGroup:80" in texts
    stacks = {target.template.stack for target in facts.targets}
    joined = {place.replace("/", "") for text in texts for place in re.findall(r"Orders/[\w/]+", text)}
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    assert not words & (stacks | {stack.lower() for stack in stacks})
    assert not words & joined


def test_resources_at_different_paths_are_matched_and_references_to_them_are_no_difference(facts: Any) -> None:
    found = compare(facts.target("beanstalk"), facts.target("ec2-podman"))
    by_path = {pair.path: pair for pair in found.changed}
    assert "Orders/Instances → Orders/Machines" not in by_path
    ends = "to Orders/Instances:8080 → to Orders/Machines:8080"
    [rule] = [pair for path, pair in by_path.items() if path.endswith(ends)]
    assert [change.path for change in rule.changes] == ["Description"]


def test_resources_of_the_same_type_only_are_not_matched(facts: Any) -> None:
    """The access log of an HTTP API is not the log of a cluster."""
    found = compare(facts.target("ecs-fargate"), facts.target("ecs-express"))
    kinds = [{part.type for part in parts} for parts in (found.only_one, found.only_other)]
    assert all("AWS::Logs::LogGroup" in kind for kind in kinds)
    assert found.changed == ()


def test_a_change_that_many_properties_share_is_printed_once(facts: Any) -> None:
    text = shown(compare(facts.target("eks-auto"), facts.target("eks-fargate")), 120)
    assert len(re.findall(r"^ +\+ stack-orders-\w+$", text, re.MULTILINE)) == 1
    assert text.count(".metadata.namespace\n") == 6


PAIRS = [("ecs-fargate", "lambda"), ("eks-auto", "eks-fargate"), ("beanstalk", "ec2-podman")]


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
@pytest.mark.parametrize("width", [80, 120])
def test_nothing_is_truncated_and_no_line_is_too_long(facts: Any, pair: tuple[str, str], width: int) -> None:
    found = compare(*map(facts.target, pair))
    text = shown(found, width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    together = "".join(text.split())
    assert [part for part in every_text(found) if "".join(part.removesuffix("[]").split()) not in together] == []


def shown(found: Diff, width: int) -> str:
    file = io.StringIO()
    console = make_console(file, {})
    console.width = width
    show(console, terminal.render(diff_document(found)))
    return file.getvalue().rstrip()


@pytest.mark.parametrize("pair", [("ecs-fargate", "ecs-managed-instances"), *PAIRS], ids="-".join)
def test_the_terminal_format(facts: Any, snapshot: Any, pair: tuple[str, str]) -> None:
    assert shown(compare(*map(facts.target, pair)), 80) == snapshot
