"""Filters and input templates of pipes, as EventBridge documents them."""

import json

import pytest

from local_aws.emulator.event_patterns import matches, render

PLACED = {"eventName": "INSERT", "dynamodb": {"NewImage": {"id": {"S": "a"}, "status": {"S": "PLACED"}}}}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"eventName": ["INSERT"]}, True),
        ({"eventName": ["INSERT", "MODIFY"]}, True),
        ({"eventName": ["MODIFY"]}, False),
        ({"dynamodb": {"NewImage": {"status": {"S": ["PLACED"]}}}}, True),
        ({"dynamodb": {"OldImage": {"status": {"S": ["PLACED"]}}}}, False),
        ({"dynamodb": {"OldImage": [{"exists": False}]}}, True),
        ({"dynamodb": {"NewImage": {"id": {"S": [{"prefix": "b"}]}}}}, False),
        ({"eventName": [{"anything-but": ["REMOVE"]}]}, True),
        ({"eventName": [{"wildcard": "IN*RT"}]}, True),
    ],
)
def test_patterns_match_what_eventbridge_matches(pattern, expected):
    assert matches(pattern, PLACED) is expected


def test_an_unsupported_comparison_is_rejected():
    with pytest.raises(ValueError, match="numeric"):
        matches({"eventName": [{"numeric": [">", 1]}]}, PLACED)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{"id": "<$.dynamodb.NewImage.id.S>"}', {"id": "a"}),
        ('{"id": <$.dynamodb.NewImage.id.S>}', {"id": "a"}),
        ('{"image": <$.dynamodb.NewImage.id>}', {"image": {"S": "a"}}),
        ('{"text": "order <$.dynamodb.NewImage.id.S> is <$.eventName>"}', {"text": "order a is INSERT"}),
        ('{"text": "<$.eventName> of a"}', {"text": "INSERT of a"}),
        ('{"absent": "<$.dynamodb.NewImage.trace.S>"}', {"absent": ""}),
    ],
)
def test_templates_are_rendered_from_the_record(template, expected):
    assert json.loads(render(template, PLACED)) == expected
