"""The app's own targets, priced."""

from typing import Any

import pytest

from deployment.assembly import Assembly
from pricing.cost_model import CostModel
from pricing.prices import PriceList
from pricing.report import CostReport, cost_report
from pricing.sizes import LARGER_SIZES, ReplicaSize, priced_size
from pricing.usage import Usage


@pytest.fixture(scope="session")
def report(synthesised) -> CostReport:
    return cost_report(Assembly.load(synthesised.directory), Usage(), PriceList.load())


@pytest.fixture(scope="session")
def cost_models(report) -> dict[str, CostModel]:
    return {cost_model.target: cost_model for cost_model in report.cost_models}


@pytest.fixture(scope="session")
def sizes(variant: Any) -> tuple[ReplicaSize, ...]:
    """The larger sizes, synthesised in this process."""
    fields = [{"cpu": cpu, "memory_mib": memory_mib} for cpu, memory_mib in LARGER_SIZES]
    assemblies = [Assembly.load(variant(context={"service": each}).directory) for each in fields]
    return tuple(priced_size(found, *size) for found, size in zip(assemblies, LARGER_SIZES, strict=True))
