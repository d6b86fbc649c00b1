"""Templates of a Region are priced with its prices, or with a warning."""

import dataclasses
import json

import pytest

from deployment.assembly import Assembly
from pricing.report import cost_report
from pricing.usage import Usage
from tests.unit.pricing import samples


@pytest.mark.parametrize(
    ("environment", "region", "warning"),
    [
        ("aws://unknown-account/unknown-region", "us-east-1", ""),
        ("aws://111122223333/us-east-1", "us-east-1", ""),
        ("aws://111122223333/eu-west-1", "us-east-1", "the templates are for eu-west-1, the prices for us-east-1"),
        ("aws://111122223333/eu-west-1", "eu-west-1", ""),
    ],
)
def test_a_region_without_prices_is_a_warning(tmp_path, environment, region, warning):
    path = samples.assembly(tmp_path, {"OnTasks": samples.fargate()}, {"tasks": "OnTasks"})
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["artifacts"]["OnTasks"]["environment"] = environment
    (path / "manifest.json").write_text(json.dumps(manifest))
    prices = dataclasses.replace(samples.PRICES, region=region)
    found = cost_report(Assembly.load(path), Usage(), prices).region_warning
    assert found.startswith(warning)
    assert bool(found) == bool(warning)
