"""The refresh of prices from the AWS Price List API: responses of the documented shape, validated by botocore."""

import json
from decimal import Decimal

import boto3
import msgspec
import pytest
from botocore.exceptions import NoCredentialsError
from botocore.stub import Stubber

from deployment.errors import ActionableError
from pricing.prices import Offer, Price, PriceList
from pricing.refresh import refresh, write

VCPU = Price(
    id="fargate-x86-vcpu-hour",
    usd=Decimal("0.04"),
    unit="vCPU-hour",
    description="Fargate",
    source="https://aws.amazon.com/fargate/pricing/",
    read_from="somewhere",
    read_on="2020-01-01",
    offer=Offer(service_code="AmazonECS", filters={"usagetype": "USE1-Fargate-vCPU-Hours:perCPU"}),
)
REQUESTS = msgspec.structs.replace(
    VCPU,
    id="lambda-requests",
    usd=Decimal("0.20"),
    offer=Offer(service_code="AWSLambda", filters={"usagetype": "Request"}, multiplier=Decimal(1_000_000)),
)
STORAGE = msgspec.structs.replace(
    VCPU,
    id="dynamodb-gb-month",
    offer=Offer(service_code="AmazonDynamoDB", filters={"usagetype": "TimedStorage-ByteHrs"}, begin_range="25"),
)
FEE = msgspec.structs.replace(VCPU, id="eks-auto-mode-fee", usd=Decimal("0.12"), unit="dollar of instances", offer=None)


def product(service: str, *tiers: tuple[str, str], currency: str = "USD") -> str:
    """One product of the price list, as GetProducts returns it: a JSON document in a string."""
    sku, term = "8CESGAFWKAJ98PME", "8CESGAFWKAJ98PME.JRTCKXETXF"
    dimensions = {
        f"{term}.{number}": {
            "rateCode": f"{term}.{number}",
            "description": "what it is",
            "unit": "hours",
            "beginRange": start,
            "endRange": "Inf",
            "appliesTo": [],
            "pricePerUnit": {currency: usd},
        }
        for number, (start, usd) in enumerate(tiers)
    }
    offer = {"sku": sku, "offerTermCode": "JRTCKXETXF", "termAttributes": {}, "effectiveDate": "2026-11-01T00:00:00Z"}
    return json.dumps(
        {
            "product": {"productFamily": "Compute", "sku": sku, "attributes": {"regionCode": "us-east-1"}},
            "serviceCode": service,
            "terms": {"OnDemand": {term: {**offer, "priceDimensions": dimensions}}},
            "version": "20261120181512",
            "publicationDate": "2026-11-20T18:15:12Z",
        }
    )


def asked(service: str, usagetype: str, region: str = "us-east-1", **more: str) -> dict:
    filters = [
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": region},
        {"Type": "TERM_MATCH", "Field": "usagetype", "Value": usagetype},
    ]
    return {"ServiceCode": service, "Filters": filters, "FormatVersion": "aws_v1", **more}


@pytest.fixture
def client():
    return boto3.client("pricing", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture
def stub(client):
    with Stubber(client) as stub:
        yield stub


def respond(stub, price: Price, *products: str) -> None:
    question = asked(price.offer.service_code, price.offer.filters["usagetype"])
    stub.add_response("get_products", {"FormatVersion": "aws_v1", "PriceList": list(products)}, question)


def absent(stub, price: Price) -> None:
    """The API lists the price under no form of its usage type."""
    for usage_type in ("USE1-Fargate-vCPU-Hours:perCPU", "Fargate-vCPU-Hours:perCPU"):
        stub.add_response(
            "get_products", {"FormatVersion": "aws_v1", "PriceList": []}, asked(price.offer.service_code, usage_type)
        )


def listed(*prices: Price) -> PriceList:
    return PriceList("us-east-1", prices, ())


def test_a_price_is_read_with_its_day_and_version(client, stub):
    respond(stub, VCPU, product("AmazonECS", ("0", "0.0404800000")))
    done = refresh(listed(VCPU), client)
    [price] = done.prices.prices
    assert (str(price.usd), price.read_on) == ("0.04048", "2026-11-20")
    assert price.read_from == "AWS price list, AmazonECS version 20261120181512"
    assert done.changed == {"fargate-x86-vcpu-hour": (Decimal("0.04"), Decimal("0.04048"))}
    assert (price.id, price.unit, price.source, price.offer) == (VCPU.id, VCPU.unit, VCPU.source, VCPU.offer)


def test_a_price_for_a_million_is_a_million_prices(client, stub):
    respond(stub, REQUESTS, product("AWSLambda", ("0", "0.0000002000")))
    done = refresh(listed(REQUESTS), client)
    assert str(done.prices.prices[0].usd) == "0.2"
    assert done.changed == {}
    assert done.read == ("lambda-requests",)


def test_the_price_of_the_offers_tier_is_read(client, stub):
    respond(stub, STORAGE, product("AmazonDynamoDB", ("0", "0.0000000000"), ("25", "0.2500000000")))
    assert str(refresh(listed(STORAGE), client).prices.prices[0].usd) == "0.25"


def test_responses_are_paginated(client, stub):
    first = {"FormatVersion": "aws_v1", "PriceList": [], "NextToken": "more"}
    rest = {"FormatVersion": "aws_v1", "PriceList": [product("AmazonECS", ("0", "0.05"))]}
    question = asked("AmazonECS", "USE1-Fargate-vCPU-Hours:perCPU")
    stub.add_response("get_products", first, question)
    stub.add_response("get_products", rest, {**question, "NextToken": "more"})
    assert str(refresh(listed(VCPU), client).prices.prices[0].usd) == "0.05"


@pytest.mark.parametrize(
    ("products", "cause"),
    [
        ([], "0 products of AmazonECS match"),
        ([product("AmazonECS", ("0", "1"))] * 2, "2 products of AmazonECS match"),
        ([product("AmazonECS", ("10", "1"))], "0 on-demand prices from 0 on"),
        ([product("AmazonECS", ("0", "1"), currency="CNY")], "not in US dollars"),
    ],
)
def test_a_price_that_is_not_listed_exactly_once_stays_with_a_reason(client, stub, products, cause):
    if products:
        respond(stub, VCPU, *products)
    else:
        absent(stub, VCPU)
    respond(stub, REQUESTS, product("AWSLambda", ("0", "0.0000003")))
    done = refresh(listed(VCPU, REQUESTS), client)
    assert done.prices.prices[0] == VCPU
    assert cause in done.kept[VCPU.id]
    assert str(done.prices.prices[1].usd) == "0.3"


@pytest.mark.parametrize(
    ("recorded", "listed_as"),
    [("DataProcessing-Bytes", "USE1-DataProcessing-Bytes"), ("USE1-DataProcessing-Bytes", "DataProcessing-Bytes")],
)
def test_a_usage_type_with_another_prefix_is_found(client, stub, recorded, listed_as):
    logs = msgspec.structs.replace(
        VCPU, id="logs-gb", offer=Offer(service_code="AmazonCloudWatch", filters={"usagetype": recorded})
    )
    respond(stub, logs)
    response = {"FormatVersion": "aws_v1", "PriceList": [product("AmazonCloudWatch", ("0", "0.5"))]}
    stub.add_response("get_products", response, asked("AmazonCloudWatch", listed_as))
    assert refresh(listed(logs), client).read == ("logs-gb",)


def test_the_prices_of_another_region_have_its_usage_types(client, stub):
    instance = msgspec.structs.replace(
        VCPU, id="alb-hour", offer=Offer(service_code="AWSELB", filters={"usagetype": "LoadBalancerUsage"})
    )
    for service, usage_type, usd in (
        ("AmazonECS", "EUW2-Fargate-vCPU-Hours:perCPU", "0.0466"),
        ("AWSELB", "EUW2-LoadBalancerUsage", "0.02646"),
    ):
        response = {"FormatVersion": "aws_v1", "PriceList": [product(service, ("0", usd))]}
        stub.add_response("get_products", response, asked(service, usage_type, "eu-west-2"))
    done = refresh(listed(VCPU, instance, FEE), client, "eu-west-2")
    assert done.prices.region == "eu-west-2"
    assert [str(price.usd) for price in done.prices.prices] == ["0.0466", "0.02646", "0.12"]
    assert done.prices.prices[2].read_from == "Region us-east-1, not eu-west-2: somewhere"


def test_a_region_without_known_usage_types_is_an_error(client):
    with pytest.raises(ActionableError, match="Region 'mars-1' are unknown"):
        refresh(listed(VCPU), client, "mars-1")


def test_a_price_without_an_offer_stays_with_a_reason(client, stub):
    done = refresh(listed(FEE), client)
    assert done.prices.prices == (FEE,)
    assert done.kept == {"eks-auto-mode-fee": "the price list has no single entry for it"}
    stub.assert_no_pending_responses()


def test_missing_permissions_are_an_error_that_names_them(client, stub):
    stub.add_client_error("get_products", "AccessDeniedException", "not authorized to perform: pricing:GetProducts")
    with pytest.raises(ActionableError, match="price list cannot be read") as raised:
        refresh(listed(VCPU), client)
    assert "pricing:GetProducts" in raised.value.fix


def test_missing_credentials_are_an_error():
    class Without:
        def get_products(self, **_):
            raise NoCredentialsError

    with pytest.raises(ActionableError, match="price list cannot be read"):
        refresh(listed(VCPU), Without())


def test_the_file_is_replaced_atomically(tmp_path):
    path = tmp_path / "prices.json"
    write(listed(VCPU, FEE), path)
    assert PriceList.load(path) == listed(VCPU, FEE)
    assert [found.name for found in tmp_path.iterdir()] == ["prices.json"]


def test_every_offer_of_the_price_list_is_a_valid_request(client, stub):
    """botocore rejects a filter or a response that the API does not have."""
    prices = PriceList.load()
    for price in prices.prices:
        if price.offer:
            document = product(
                price.offer.service_code, (price.offer.begin_range, f"{price.usd / price.offer.multiplier:f}")
            )
            stub.add_response("get_products", {"FormatVersion": "aws_v1", "PriceList": [document]})
    done = refresh(prices, client)
    assert done.changed == {}
    assert set(done.kept) == {price.id for price in prices.prices if not price.offer}
    stub.assert_no_pending_responses()
