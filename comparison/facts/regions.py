"""Features that some Regions lack, and the zones of VPC Links: `regions.toml`, `deployment/vpc_link_zones.toml`."""

import datetime
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import deployment
from deployment.errors import ActionableError

FILE = Path(__file__).with_name("regions.toml")
ZONES_FILE = Path(deployment.__file__).with_name("vpc_link_zones.toml")


@dataclass(frozen=True, kw_only=True)
class MissingAbility:
    """One feature of AWS that some Regions lack.

    Attributes:
        ability: a few words, such as "function URLs".
        targets: ids of the targets that need it; "workflow" is the workflow.
        resource_types: CloudFormation types that are missing there; empty if a page of AWS lists the Regions.
        regions: Regions that lack it.
        source: URL of the schemas or of the page.
        checked_on: the day on which they were read.
    """

    ability: str
    targets: Sequence[str]
    resource_types: Sequence[str]
    regions: Sequence[str]
    source: str
    checked_on: datetime.date


@dataclass(frozen=True, kw_only=True)
class RegionFacts:
    """The Regions that were compared, and what they lack.

    Attributes:
        regions: names of all Regions.
        missing: features that some of them lack.
    """

    regions: Sequence[str]
    missing: Sequence[MissingAbility]

    def lacks(self, region: str, target: str) -> tuple[str, ...]:
        """Return the features that a target needs and a Region lacks."""
        return tuple(one.ability for one in self.missing if region in one.regions and target in one.targets)


def read_regions(path: Path = FILE) -> RegionFacts:
    """Read the Regions.

    Raises:
        ActionableError: the file is invalid, or a feature is missing in a Region that was not compared.
    """
    try:
        found = tomllib.loads(path.read_text())
        facts = RegionFacts(
            regions=found["regions"], missing=tuple(MissingAbility(**entry) for entry in found["missing"])
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ActionableError(f"{path} cannot be read", str(error), f"git checkout {path.name}") from None
    for one in facts.missing:
        if unknown := set(one.regions) - set(facts.regions):
            cause = f"{one.ability} is missing in {', '.join(sorted(unknown))}, which `regions` does not list"
            raise ActionableError(f"{path.name} is invalid", cause, "add the Region to `regions`, or correct its name")
    return facts


def read_zones(path: Path = ZONES_FILE) -> Mapping[str, Sequence[str]]:
    """Read Region -> ids of the Availability Zones in which an HTTP API supports VPC Links.

    Raises:
        ActionableError: the file is invalid.
    """
    try:
        zones: Mapping[str, Sequence[str]] = tomllib.loads(path.read_text())["zones"]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise ActionableError(f"{path} cannot be read", str(error), f"git checkout {path.name}") from None
    return zones
