"""Every type of resource is priced, free with a reason, or named as not priced: none is forgotten."""

import pytest

from pricing.lines import GROUPS
from pricing.prices import PriceList
from pricing.profile import kind
from pricing.rules import FREE, PRICED, RUNNERS, UNPRICED
from tests.comparison.cost import invented


def test_every_type_of_every_template_has_been_thought_about(templates):
    types = {found["Type"] for template in templates.values() for found in template["Resources"].values()}
    forgotten = types - PRICED.keys() - FREE.keys() - UNPRICED.keys() - {"AWS::CDK::Metadata"}
    assert not forgotten, "write a rule in comparison/cost/rules, or a reason in free.py"


def test_a_type_stands_in_one_list_only():
    assert not PRICED.keys() & FREE.keys()
    assert not PRICED.keys() & UNPRICED.keys()
    assert not FREE.keys() & UNPRICED.keys()


def test_what_runs_copies_is_priced():
    assert RUNNERS.keys() <= PRICED.keys()


@pytest.mark.parametrize("type_", FREE)
def test_what_is_free_says_why(type_):
    assert len(FREE[type_]) > 20


def test_a_type_that_nobody_knows_is_named_and_not_free():
    own = {"Function": invented.function(), "Thing": invented.resource("AWS::Brand::New")}
    assert kind("AWS::Brand::New") == "unpriced"
    assert invented.priced(own).unpriced == ("AWS::Brand::New: no rule and no reason yet",)


def test_every_line_of_the_app_has_a_column_and_a_driver(answered):
    usage = answered.profiles[0].capacity.usage(answered.load)
    lines = [line for profile in answered.profiles for line in profile.lines]
    assert {line.group for line in lines} <= GROUPS.keys()
    assert {line.driver for line in lines} <= usage.keys()


def test_every_price_belongs_to_a_column():
    starts = tuple(start for each in GROUPS.values() for start in each)
    assert all(price.id.startswith(starts) for price in PriceList.load().prices)
