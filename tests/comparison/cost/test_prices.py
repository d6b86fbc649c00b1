"""The list of prices: every figure has its unit, its page and its day."""

import dataclasses
import io
import re

import msgspec
import pytest
from rich.console import Console

from comparison.costs.price_formats import as_terminal
from comparison.costs.provenance import OWN_LIST, provenance
from deployment.errors import ActionableError
from pricing.errors import UnknownPriceError
from pricing.prices import FILE, PriceList

PRICES = PriceList.load()


@pytest.mark.parametrize("price", PRICES.prices, ids=lambda price: price.id)
def test_a_price_says_where_it_comes_from(price):
    assert price.usd > 0
    assert price.unit
    assert price.what
    assert price.seen_in
    assert re.fullmatch(r"https://(aws|docs\.aws)\.amazon\.com/\S+", price.page)
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", price.read)


def test_ids_are_unique():
    assert len({price.id for price in PRICES.prices}) == len(PRICES.prices)


def test_every_instance_type_has_a_price_and_every_instance_price_a_type():
    types = {f"ec2-{found.name}-hour" for found in PRICES.instance_types}
    assert types == {price.id for price in PRICES.prices if price.id.startswith("ec2-")}


def test_the_file_is_what_the_program_would_write():
    assert FILE.read_bytes() == PRICES.as_bytes()


def test_a_price_that_is_not_there_is_an_error():
    with pytest.raises(UnknownPriceError, match="no price is called 'gold-ounce'"):
        PRICES.usd("gold-ounce")


@pytest.mark.parametrize("content", ["", "{}", '{"region": 1}'])
def test_a_file_that_is_no_list_of_prices_is_an_error(tmp_path, content):
    path = tmp_path / "prices.json"
    path.write_text(content)
    with pytest.raises(ActionableError, match="is no list of prices"):
        PriceList.load(path)


def test_a_terminal_of_80_columns_shows_every_price_whole():
    shown = io.StringIO()
    Console(width=80, file=shown).print(as_terminal(PRICES))
    for price in PRICES.prices:
        [line] = [line for line in shown.getvalue().splitlines() if line.split()[:1] == [price.id]]
        assert line.split() == [price.id, f"{price.usd:f}", *price.unit.split(), price.read]


def test_the_list_says_where_its_prices_are_from():
    assert provenance(PRICES) == f"prices from public copies of AWS's price list, read {PRICES.prices[0].read}"
    anew = [msgspec.structs.replace(price, seen_in=f"{OWN_LIST}, X version 1") for price in PRICES.prices]
    whole = dataclasses.replace(PRICES, prices=tuple(anew))
    assert provenance(whole).startswith("prices from AWS's price list, read ")
    partly = dataclasses.replace(PRICES, prices=(anew[0], *PRICES.prices[1:]))
    assert f"AWS's price list (1 of {len(anew)}) and public copies of it" in provenance(partly)
