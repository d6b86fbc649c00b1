"""Where prices are from, in words."""

from pricing.prices import PriceList

OWN_LIST = "AWS price list"
"""How what a refresh read begins to say where it was read."""


def provenance(prices: PriceList) -> str:
    """Return where the prices are from, with the oldest day on which one was read."""
    own, count = sum(price.seen_in.startswith(OWN_LIST) for price in prices.prices), len(prices.prices)
    source = "AWS's price list" if own == count else "public copies of AWS's price list"
    if 0 < own < count:
        source = f"AWS's price list ({own} of {count}) and public copies of it"
    return f"prices from {source}, read {min(price.read for price in prices.prices)}"
