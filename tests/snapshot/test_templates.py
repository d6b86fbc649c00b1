"""The template of each stack, and the Beanstalk bundle. After an intended change, run `make snapshots`."""

import copy
import json
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

from tests.conftest import Synthesise, Synthesised, Template, logical_ids
from tests.snapshot.readable import readable
from tests.unit.stacks.source_bundle import bundle_of, files_of

SNAPSHOTS = Path(__file__).parent / "templates"


class TemplateSnapshot(JSONSnapshotExtension):
    """`tests/snapshot/templates/<Stack>.json`."""

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:  # noqa: ARG003
        return str(SNAPSHOTS)

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:  # noqa: ARG003
        return str(index)


class BundleSnapshot(SingleFileSnapshotExtension):
    """`tests/snapshot/templates/<name>.txt`."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:  # noqa: ARG003
        return str(SNAPSHOTS)

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:  # noqa: ARG003
        return str(index)


def test_templates_equal_their_snapshots(
    templates: dict[str, Template], snapshot: SnapshotAssertion, subtests: pytest.Subtests
) -> None:
    for stack, template in templates.items():
        with subtests.test(stack):
            assert readable(template) == snapshot(name=stack, extension_class=TemplateSnapshot)


@pytest.fixture(scope="module")
def optional(variant: Synthesise, templates: dict[str, Template]) -> dict[str, Template]:
    """The templates of stacks that are off by default."""
    found = variant(context={"transaction_search": "true", "workloads": "true"}).templates
    return {stack: template for stack, template in found.items() if stack not in templates}


def test_optional_templates_equal_their_snapshots(
    optional: dict[str, Template], snapshot: SnapshotAssertion, subtests: pytest.Subtests
) -> None:
    for stack, template in optional.items():
        with subtests.test(stack):
            assert readable(template) == snapshot(name=stack, extension_class=TemplateSnapshot)


def test_the_source_bundle_equals_its_snapshot(synthesised: Synthesised, snapshot: SnapshotAssertion) -> None:
    """The template has only a hash of the bundle."""
    stack = "OrdersOnBeanstalk"
    assert files_of(bundle_of(synthesised, stack)) == snapshot(name=f"{stack}.bundle", extension_class=BundleSnapshot)


def test_every_snapshot_has_a_stack(templates: dict[str, Template], optional: dict[str, Template]) -> None:
    assert {file.stem for file in SNAPSHOTS.glob("*.json")} == {*templates, *optional}


def snapshot_of(stack: str) -> Template:
    template: Template = json.loads((SNAPSHOTS / f"{stack}.json").read_text())
    return template


def test_a_changed_property_fails(templates: dict[str, Template]) -> None:
    changed = copy.deepcopy(templates["OrdersOnLambda"])
    [function] = logical_ids(changed, "AWS::Lambda::Function")
    changed["Resources"][function]["Properties"]["MemorySize"] += 1
    assert readable(changed) != snapshot_of("OrdersOnLambda")


def test_a_changed_step_of_the_workflow_fails(templates: dict[str, Template]) -> None:
    text = json.dumps(templates["OrdersWorkflow"])
    assert "FULFILLING" in text
    assert readable(json.loads(text.replace("FULFILLING", "CHECKED"))) != snapshot_of("OrdersWorkflow")


def test_a_changed_image_source_does_not_fail(templates: dict[str, Template]) -> None:
    """It changes the tag of the image, and with it the logical ID of the Lambda version."""
    text = json.dumps(templates["OrdersOnLambda"])
    version = next(name for name in templates["OrdersOnLambda"]["Resources"] if "CurrentVersion" in name)
    [image] = {part for part in text.replace('"', ":").split(":") if len(part) == 64}
    flipped = text.replace(image, image[::-1]).replace(version[-32:], version[-32:][::-1])
    assert flipped != text
    assert readable(json.loads(flipped)) == snapshot_of("OrdersOnLambda")
