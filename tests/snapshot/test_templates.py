"""One file per stack, meant to be read. After a change on purpose: `pytest tests/stacks --snapshot-update`."""

import copy
import json
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

from tests.conftest import Template
from tests.snapshot.readable import readable

SNAPSHOTS = Path(__file__).parent.parent / "snapshots"


class StackSnapshot(JSONSnapshotExtension):
    """`tests/snapshots/<Stack>.json`."""

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:  # noqa: ARG003
        return str(SNAPSHOTS)

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:  # noqa: ARG003
        return str(index)


def test_every_template_is_as_it_was(
    templates: dict[str, Template], snapshot: SnapshotAssertion, subtests: pytest.Subtests
) -> None:
    for stack, template in templates.items():
        with subtests.test(stack):
            assert readable(template) == snapshot(name=stack, extension_class=StackSnapshot)


def test_every_snapshot_has_its_stack(templates: dict[str, Template]) -> None:
    assert {file.stem for file in SNAPSHOTS.glob("*.json")} == set(templates)


def as_written(stack: str) -> Template:
    written: Template = json.loads((SNAPSHOTS / f"{stack}.json").read_text())
    return written


def test_a_real_change_fails(templates: dict[str, Template]) -> None:
    changed = copy.deepcopy(templates["OrdersOnLambda"])
    [function] = [r for r in changed["Resources"].values() if r["Type"] == "AWS::Lambda::Function"]
    function["Properties"]["MemorySize"] += 1
    assert readable(changed) != as_written("OrdersOnLambda")


def test_a_changed_step_of_the_workflow_fails(templates: dict[str, Template]) -> None:
    text = json.dumps(templates["OrdersWorkflow"])
    assert text.count("FULFILLING") == 1
    assert readable(json.loads(text.replace("FULFILLING", "CHECKED"))) != as_written("OrdersWorkflow")


def test_another_byte_in_the_image_does_not_fail(templates: dict[str, Template]) -> None:
    """The tag of the image flips, and with it the logical id of the Lambda version."""
    text = json.dumps(templates["OrdersOnLambda"])
    version = next(name for name in templates["OrdersOnLambda"]["Resources"] if "CurrentVersion" in name)
    [image] = {part for part in text.replace('"', ":").split(":") if len(part) == 64}
    flipped = text.replace(image, image[::-1]).replace(version[-32:], version[-32:][::-1])
    assert flipped != text
    assert readable(json.loads(flipped)) == as_written("OrdersOnLambda")
