"""Every resource type is priced, free with a reason, or named as unpriced."""

import pytest

from pricing.charges import CATEGORIES
from pricing.cost_model import pricing_status
from pricing.prices import PriceList
from pricing.rules import FREE, PACKINGS, PRICED, UNPRICED
from pricing.workload import WORKLOADS
from tests.unit.pricing import samples


def test_every_resource_type_is_priced_free_or_unpriced(templates):
    types = {found["Type"] for template in templates.values() for found in template["Resources"].values()}
    forgotten = types - PRICED.keys() - FREE.keys() - UNPRICED.keys() - {"AWS::CDK::Metadata"}
    assert not forgotten, "write a rule in pricing/rules, or a reason in free.py"


def test_a_type_is_in_one_list_only():
    assert not PRICED.keys() & FREE.keys()
    assert not PRICED.keys() & UNPRICED.keys()
    assert not FREE.keys() & UNPRICED.keys()


def test_workloads_are_priced():
    assert WORKLOADS.keys() <= PRICED.keys()
    assert PACKINGS.keys() <= WORKLOADS.keys()


@pytest.mark.parametrize("type_", FREE)
def test_free_types_have_a_reason(type_):
    assert len(FREE[type_]) > 20


def test_an_unknown_type_is_named_as_unpriced():
    own = {"Function": samples.function(), "Thing": samples.resource("AWS::Brand::New")}
    assert pricing_status("AWS::Brand::New") == "unpriced"
    assert samples.priced(own).unpriced == ("AWS::Brand::New: no rule and no reason yet",)


def test_every_charge_of_the_app_has_a_category_and_a_usage_metric(report):
    metrics = report.cost_models[0].capacity.usage_metrics(report.usage)
    charges = [charge for cost_model in report.cost_models for charge in cost_model.charges]
    assert {charge.category for charge in charges} <= CATEGORIES.keys()
    assert {charge.usage_metric for charge in charges} <= metrics.keys()


def test_every_price_has_a_category():
    starts = tuple(start for each in CATEGORIES.values() for start in each)
    assert all(price.id.startswith(starts) for price in PriceList.load().prices)
