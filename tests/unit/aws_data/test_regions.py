"""The table of Regions is what AWS's schemas and the list of VPC Link zones say."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from comparison.facts.regions import MissingAbility, RegionFacts, read_regions, read_zones
from comparison.region_tables import regions_table
from deployment.assembly import Assembly
from deployment.errors import ActionableError
from tests.conftest import Synthesised, Template
from tests.unit.aws_data import schemas

VPC_LINK = "AWS::ApiGatewayV2::VpcLink"
WORKFLOW = "OrdersWorkflow"
Users = Mapping[str, set[str]]


@pytest.fixture(scope="module")
def facts() -> RegionFacts:
    return read_regions()


@pytest.fixture(scope="module")
def users(synthesised: Synthesised) -> Users:
    """Target, or "workflow" -> resource types of its stack and of the stacks that this depends on."""
    assembly = Assembly.load(synthesised.directory)
    depends = {stack.name: stack.depends_on for stack in assembly.stacks}
    tops = {target.id: target.stack for target in assembly.targets.values()} | {"workflow": WORKFLOW}
    return {name: types_of(synthesised.templates, closure(stack, depends)) for name, stack in tops.items()}


def closure(stack: str, depends: Mapping[str, Sequence[str]]) -> set[str]:
    return {stack}.union(*(closure(other, depends) for other in depends[stack]))


def types_of(templates: Mapping[str, Template], stacks: set[str]) -> set[str]:
    return {found["Type"] for stack in stacks for found in templates[stack].get("Resources", {}).values()}


def test_all_regions_with_schemas_of_their_own_are_compared(facts: RegionFacts) -> None:
    """cfn-lint copies the schemas of us-east-1 to Regions whose own it does not have."""
    copied = schemas.types_of("us-east-1")
    own = [name for name in schemas.regions() if name == "us-east-1" or schemas.types_of(name) != copied]
    assert list(facts.regions) == own
    assert len(own) > 30


def test_the_regions_that_lack_a_type_are_those_of_the_schemas(facts: RegionFacts) -> None:
    for one in facts.missing:
        if one.resource_types:
            lacking = [region for region in facts.regions if set(one.resource_types) - schemas.types_of(region).keys()]
            assert one.regions == lacking, one.ability


def test_every_missing_type_is_in_the_table(facts: RegionFacts, users: Users) -> None:
    needed = {kind for kinds in users.values() for kind in kinds if kind.startswith("AWS::")}
    missing = {kind for region in facts.regions for kind in needed - schemas.types_of(region).keys()}
    assert missing - {"AWS::CDK::Metadata"} == {kind for one in facts.missing for kind in one.resource_types}


def test_no_region_lacks_a_property(facts: RegionFacts, templates: Mapping[str, Template]) -> None:
    """A Region with a type but without one of its properties would need a row of its own."""
    found = {
        str(finding)
        for region in facts.regions
        for stack, template in templates.items()
        for finding in schemas.findings(stack, template, region)
        if finding.property
    }
    assert found == set()


def test_the_targets_that_need_an_ability_are_those_of_the_templates(facts: RegionFacts, users: Users) -> None:
    for one in facts.missing:
        kinds = set(one.resource_types) or {VPC_LINK}
        assert set(one.targets) == {name for name, found in users.items() if kinds & found}, one.ability


def test_the_regions_without_vpc_links_are_those_that_the_list_of_zones_lacks(facts: RegionFacts) -> None:
    [links] = [one for one in facts.missing if not one.resource_types]
    assert links.regions == [region for region in facts.regions if region not in read_zones()]
    assert all(len(zones) >= 2 for zones in read_zones().values())


def test_a_cell_says_what_is_missing() -> None:
    one = MissingAbility(
        ability="wings",
        targets=["bird"],
        resource_types=[],
        regions=["b"],
        source="",
        checked_on=None,
    )
    table = regions_table(RegionFacts(regions=["a", "b", "c"], missing=[one]), ["bird", "fish"])
    assert [column.heading for column in table.columns] == ["Region", "`bird`", "`fish`, the workflow"]
    assert [[cell.text for cell in row] for row in table.rows] == [["a, c", "yes", "yes"], ["b", "no wings", "yes"]]


def test_an_unknown_region_is_rejected(facts: RegionFacts, tmp_path: Path) -> None:
    first = dataclasses.asdict(facts.missing[0]) | {"regions": ["mars-1"]}
    path = tmp_path / "regions.toml"
    lines = [f"{key} = {value!r}" if key != "checked_on" else f"{key} = {value}" for key, value in first.items()]
    path.write_text('regions = ["us-east-1"]\n[[missing]]\n' + "\n".join(lines))
    with pytest.raises(ActionableError) as caught:
        read_regions(path)
    assert "App Runner is missing in mars-1, which `regions` does not list" in str(caught.value.cause)
