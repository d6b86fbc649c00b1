"""What a platform does not accept is unsupported, and what AWS gives free of charge is not billed."""

import dataclasses
from decimal import Decimal

import msgspec
import pytest

from pricing.break_even import max_requests_per_second
from pricing.cost_model import cost_model
from pricing.estimate import estimate, monthly_usd
from pricing.usage import Usage
from tests.unit.pricing import samples

WITH_FREE_TIER = dataclasses.replace(samples.PRICES, has_free_tier=True)
HTTP_API = {"Api": samples.resource("AWS::ApiGatewayV2::Api", ProtocolType="HTTP")}
TO_FUNCTION = {"Group": samples.resource("AWS::ElasticLoadBalancingV2::TargetGroup", TargetType="lambda")}
TABLE = {
    "Table": samples.resource(
        "AWS::DynamoDB::Table",
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[{"Projection": {"ProjectionType": "ALL"}}],
    )
}


def function(**properties):
    return {"Function": samples.function(Timeout=29, **properties)}


@pytest.mark.parametrize(
    ("own", "usage", "reason"),
    [
        (function(), {"request_bytes": 6_000_001}, "Lambda accepts requests up to 6,000,000 bytes"),
        (function(), {"response_bytes": 8_000_000}, "Lambda accepts responses up to 6,000,000 bytes"),
        (function(), {"wait_seconds": 29}, "Lambda ends a request after 29 seconds"),
        ({**function(), **TO_FUNCTION}, {"response_bytes": 1_000_001}, "a load balancer in front of a function"),
        ({**samples.fargate(), **HTTP_API}, {"response_bytes": 10_000_001}, "an HTTP API accepts responses up to 10,"),
        ({**samples.fargate(), **HTTP_API}, {"wait_seconds": 29, "cpu_seconds": 1}, "an HTTP API ends a request after"),
    ],
)
def test_a_request_that_is_too_large_or_too_long_is_unsupported(own, usage, reason):
    model = samples.priced(own)
    assert reason in estimate(model, Usage(**usage)).unsupported_reason
    assert max_requests_per_second([model], Usage(**usage)) == 0
    assert estimate(model, Usage()).unsupported_reason == ""


def test_a_load_balancer_in_front_of_tasks_has_no_such_limits():
    assert estimate(samples.priced(samples.fargate()), Usage(response_bytes=100_000_000)).unsupported_reason == ""


def test_the_app_s_function_cannot_send_eight_megabytes(cost_models):
    usage = Usage(response_bytes=8_000_000)
    able = {name for name, model in cost_models.items() if not model.capacity.unsupported_reason(usage)}
    assert able == cost_models.keys() - {"lambda"}


@pytest.mark.parametrize(("size", "billed"), [(0, 1), (512 * 1024, 1), (512 * 1024 + 1, 2), (8_000_000, 16)])
def test_an_http_api_bills_each_512_kb(size, billed):
    model = samples.priced({**samples.fargate(), **HTTP_API})
    for usage in (Usage(request_bytes=size), Usage(response_bytes=size)):
        [item] = [item for item in estimate(model, usage).line_items if item.item == "HTTP API"]
        assert item.usd == pytest.approx(usage.requests / 1e6 * billed)


@pytest.mark.parametrize(("stored", "usd"), [(1, 0), (12.5, 0), (20, 15 * 0.25), (100, 175 * 0.25)])
def test_the_first_25_gb_of_all_tables_and_indexes_are_free(stored, usd):
    items = estimate(samples.priced({**function(), **TABLE}), Usage(table_gb=stored)).line_items
    assert sum(item.usd for item in items if item.item == "table storage") == pytest.approx(usd)


def test_the_free_tier_is_left_out_only_if_you_ask():
    usage = Usage(requests_per_second=0.1, wait_seconds=0)
    target = samples.target(function())
    without, with_it = (cost_model(target, prices) for prices in (samples.PRICES, WITH_FREE_TIER))
    assert monthly_usd(without, usage) == pytest.approx(
        usage.requests * (0.20 / 1e6 + 0.5 * 0.005 / (512 / 1769) * 0.0000166667)
    )
    assert monthly_usd(with_it, usage) == 0
    busy = Usage(requests_per_second=20)
    assert monthly_usd(without, busy) - monthly_usd(with_it, busy) == pytest.approx(0.20 + 400_000 * 0.0000166667)


def test_the_parts_of_an_estimate_add_up_with_the_free_tier():
    model = cost_model(samples.target({**samples.fargate(), **TABLE}), WITH_FREE_TIER)
    for usage in (Usage(), Usage(requests_per_second=200, table_gb=70)):
        found = estimate(model, usage)
        assert sum(item.usd for item in found.line_items) == pytest.approx(found.usd)
        assert sum(item.usd for item in found.idle_line_items) == pytest.approx(found.idle_usd)
        assert min(item.usd for item in found.line_items) >= 0


def test_the_end_of_the_free_tier_is_a_breakpoint():
    model = cost_model(samples.target(function()), WITH_FREE_TIER)
    rates = sorted(model.breakpoints(Usage(wait_seconds=0)))
    assert 1e6 / (730 * 3600) in [pytest.approx(rate) for rate in rates]


def test_every_free_quantity_has_a_price_that_costs_something():
    free = [price for price in samples.PRICES.prices if isinstance(price.free_units, Decimal)]
    assert {price.id for price in free} >= {"lambda-requests", "dynamodb-gb-month", "alarm-metric-month"}
    assert list(samples.PRICES.free_units) == ["dynamodb-gb-month"]
    assert all(price.usd > 0 for price in free)
    assert msgspec.UNSET not in [price.free_units for price in free]


def test_a_discount_counts_for_compute_alone():
    discounted = dataclasses.replace(samples.PRICES, compute_discount_percent=20)
    for own in (function(), {**samples.fargate(), **HTTP_API, **TABLE}):
        before, after = (cost_model(samples.target(own), prices) for prices in (samples.PRICES, discounted))
        for full, less in zip(before.charges, after.charges, strict=True):
            is_compute = less.price_id.startswith(("fargate-", "lambda-x86-gb"))
            assert less.unit_price_usd == pytest.approx(full.unit_price_usd * (0.8 if is_compute else 1))
        assert monthly_usd(after, Usage()) < monthly_usd(before, Usage())


def test_the_fee_on_an_instance_stays_that_of_its_price_on_demand():
    discounted = dataclasses.replace(samples.PRICES, compute_discount_percent=50)
    own, shared = {"Release": samples.release()}, samples.cluster("coredns")
    before, after = (cost_model(samples.target(own, shared), prices) for prices in (samples.PRICES, discounted))
    fees = [[each for each in model.charges if each.price_id == "eks-auto-mode-fee"] for model in (before, after)]
    assert fees[0] == fees[1] != []
