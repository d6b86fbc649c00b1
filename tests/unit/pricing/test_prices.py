"""The price list: every price has its unit, its source and its day."""

import dataclasses
import re

import msgspec
import pytest

from deployment.errors import ActionableError
from pricing.prices import FILE, PRICE_LIST_API, PriceList, UnknownPriceError

PRICES = PriceList.load()


@pytest.mark.parametrize("price", PRICES.prices, ids=lambda price: price.id)
def test_a_price_has_a_source(price):
    assert price.usd > 0
    assert price.unit
    assert price.description
    assert price.read_from
    assert re.fullmatch(r"https://(aws|docs\.aws)\.amazon\.com/\S+", price.source)
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", price.read_on)


def test_ids_are_unique():
    assert len({price.id for price in PRICES.prices}) == len(PRICES.prices)


def test_every_instance_type_has_a_price_and_every_instance_price_a_type():
    types = {f"ec2-{found.name}-hour" for found in PRICES.instance_types}
    assert types == {price.id for price in PRICES.prices if price.id.startswith("ec2-")}


def test_the_file_has_the_format_that_the_program_writes():
    assert FILE.read_bytes() == PRICES.as_bytes()


def test_an_unknown_price_is_an_error():
    with pytest.raises(UnknownPriceError, match="unknown price 'gold-ounce'"):
        PRICES.usd("gold-ounce")


@pytest.mark.parametrize("content", ["", "{}", '{"region": 1}'])
def test_a_file_that_is_not_a_price_list_is_an_error(tmp_path, content):
    path = tmp_path / "prices.json"
    path.write_text(content)
    with pytest.raises(ActionableError, match="is not a price list"):
        PriceList.load(path)


def test_the_list_says_where_its_prices_are_from():
    first = PRICES.prices[0].read_on
    assert PRICES.provenance == f"prices from public copies of the AWS price list, read {first}"
    anew = [msgspec.structs.replace(price, read_from=f"{PRICE_LIST_API}, X version 1") for price in PRICES.prices]
    whole = dataclasses.replace(PRICES, prices=tuple(anew))
    assert whole.provenance.startswith("prices from the AWS price list, read ")
    partly = dataclasses.replace(PRICES, prices=(anew[0], *PRICES.prices[1:]))
    assert f"the AWS price list (1 of {len(anew)}) and public copies of it" in partly.provenance
