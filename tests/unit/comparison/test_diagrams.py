"""The diagrams of templates: complete, the same each time, and without what a page must not have."""

import re
from typing import Any

import pytest

from comparison.diagrams import dot, draw, graph
from deployment.errors import ActionableError


def test_a_diagram_has_every_resource_once(facts: Any) -> None:
    for target in facts.targets:
        found = graph(target.template)
        in_boxes = sum(int(part.split(" × ")[0]) if " × " in part else 1 for node in found.nodes for part in node.parts)
        assert len(found.nodes) + in_boxes == target.resource_count


def test_arrows_connect_boxes(facts: Any) -> None:
    for target in facts.targets:
        found = graph(target.template)
        names = {node.resource.logical_id for node in found.nodes}
        assert {name for edge in found.edges for name in edge} <= names
        assert not [edge for edge in found.edges if edge[0] == edge[1]]


def test_the_ids_of_two_diagrams_differ(facts: Any) -> None:
    drawn = draw({target.id: dot(target.template, f"d-{target.id}") for target in facts.targets[:2]})
    ids = [found for svg in drawn.values() for found in re.findall(r' id="([^"]+)"', svg)]
    assert ids
    assert len(ids) == len(set(ids))


def test_a_diagram_has_text_and_no_tooltips(facts: Any) -> None:
    [svg] = draw({"lambda": dot(facts.target("lambda").template, "d")}).values()
    assert svg.startswith("<svg ")
    assert "Lambda Function" in svg
    assert "<title>" not in svg
    assert re.search(r'width="\d+\.\d+" height="\d+\.\d+"', svg)


def test_an_invalid_graph_is_an_error_with_a_fix() -> None:
    with pytest.raises(ActionableError, match="diagrams cannot be drawn") as error:
        draw({"broken": "digraph {"})
    assert error.value.fix == "make setup"
