"""Refresh of the unit prices from the AWS Price List API; a price that the API does not list stays as it is.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Protocol

import msgspec
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from deployment.errors import ActionableError
from pricing.prices import PRICE_LIST_API, Offer, Price, PriceList

ENDPOINT_REGION = "us-east-1"
"""Region of the Price List API's endpoint, whatever Region the prices are for."""


REGIONS: Mapping[str, tuple[str, ...]] = {
    "us-east-1": ("USE1", ""),
    "us-east-2": ("USE2",),
    "us-west-1": ("USW1",),
    "us-west-2": ("USW2",),
    "ca-central-1": ("CAN1",),
    "sa-east-1": ("SAE1",),
    "eu-west-1": ("EU", "EUW1"),
    "eu-west-2": ("EUW2",),
    "eu-west-3": ("EUW3",),
    "eu-central-1": ("EUC1",),
    "eu-central-2": ("EUC2",),
    "eu-north-1": ("EUN1",),
    "eu-south-1": ("EUS1",),
    "eu-south-2": ("EUS2",),
    "ap-northeast-1": ("APN1",),
    "ap-northeast-2": ("APN2",),
    "ap-northeast-3": ("APN3",),
    "ap-southeast-1": ("APS1",),
    "ap-southeast-2": ("APS2",),
    "ap-southeast-3": ("APS4",),
    "ap-south-1": ("APS3",),
    "ap-east-1": ("APE1",),
    "me-south-1": ("MES1",),
    "me-central-1": ("MEC1",),
    "af-south-1": ("AFS1",),
}
"""Region -> the prefixes of its usage types, "" for none."""


class PriceListClient(Protocol):
    """The operation of boto3's `pricing` client that a refresh uses."""

    def get_products(self, **_: Any) -> Any:
        """Return one page of the products that match the filters."""


@dataclass(frozen=True, kw_only=True)
class RefreshResult:
    """The result of a refresh.

    Attributes:
        prices: the new list.
        read: ids of the prices that were read.
        changed: id -> (old price, new price).
        kept: id -> the reason why the old price stays.
    """

    prices: PriceList
    read: tuple[str, ...]
    changed: Mapping[str, tuple[Decimal, Decimal]]
    kept: Mapping[str, str]


class _NotListedError(Exception):
    """The API does not list exactly one such price."""


def refresh(prices: PriceList, client: PriceListClient, region: str = "") -> RefreshResult:
    """Read every price that the API lists.

    Args:
        prices: the list with the offers, and the prices that stay where the API lists none.
        client: the Price List API.
        region: code of the Region whose prices are read. Default: that of the list.

    Raises:
        ActionableError: the Region is unknown, or the API cannot be called.
    """
    region = region or prices.region
    if region not in REGIONS:
        raise ActionableError(
            f"the usage types of Region {region!r} are unknown", f"allowed: {', '.join(REGIONS)}", "use one of these"
        )
    found, kept = [], {}
    for old in prices.prices:
        try:
            found.append(_read(old, region, client))
        except _NotListedError as cause:
            foreign = "" if region == prices.region else f"Region {prices.region}, not {region}: "
            found.append(msgspec.structs.replace(old, read_from=f"{foreign}{old.read_from}"))
            kept[old.id] = str(cause)
        except (BotoCoreError, ClientError) as error:
            raise ActionableError(
                "the AWS price list cannot be read",
                str(error),
                _fix(error),
            ) from None
    pairs = [(old, new) for old, new in zip(prices.prices, found, strict=True) if old.id not in kept]
    return RefreshResult(
        prices=PriceList(region, tuple(found), prices.instance_types),
        read=tuple(new.id for _, new in pairs),
        changed={new.id: (old.usd, new.usd) for old, new in pairs if old.usd != new.usd},
        kept=kept,
    )


def _fix(error: Exception) -> str:
    if isinstance(error, HTTPClientError | NoConnectionError):
        return "check AWS_ENDPOINT_URL and your network; the file is unchanged"
    return "set credentials that allow pricing:GetProducts, such as AWS_PROFILE; the file is unchanged"


def write(prices: PriceList, path: Path) -> None:
    """Replace the file atomically.

    Raises:
        ActionableError: the file cannot be written.
    """
    draft = path.with_suffix(".draft")
    try:
        draft.write_bytes(prices.as_bytes())
        draft.replace(path)
    except OSError as error:
        raise ActionableError(f"{path} cannot be written", str(error.strerror), f"ls -ld {path.parent}") from None


def _read(old: Price, region: str, client: PriceListClient) -> Price:
    if old.offer is None:
        raise _NotListedError("the price list has no single entry for it")
    for filters in _filters(old.offer, region):
        if products := list(_products(old.offer.service_code, filters, client)):
            break
    if len(products) != 1:
        raise _NotListedError(f"{len(products)} products of {old.offer.service_code} match {old.offer.filters}")
    [product] = products
    usd = _first(product, old.offer) * old.offer.multiplier
    return msgspec.structs.replace(
        old,
        # No trailing zeros and no exponent.
        usd=Decimal(f"{usd.normalize():f}"),
        read_from=f"{PRICE_LIST_API}, {old.offer.service_code} version {product['version']}",
        read_on=str(product["publicationDate"])[:10],
    )


def _filters(offer: Offer, region: str) -> Iterator[Mapping[str, str]]:
    """Yield the filters of an offer for a Region, with each form in which AWS writes its usage type.

    Most begin with the Region's prefix and a hyphen. In us-east-1 many have none, and others changed from one form to
    the other; eu-west-1 has an older and a newer prefix.
    """
    usage_type = offer.filters.get("usagetype")
    if usage_type is None:
        yield {**offer.filters, "regionCode": region}
        return
    bare = usage_type.removeprefix("USE1-")
    forms = [f"{prefix}-{bare}" if prefix else bare for prefix in REGIONS[region]]
    if region == "us-east-1":
        forms = [usage_type, *(form for form in forms if form != usage_type)]
    for form in forms:
        yield {**offer.filters, "usagetype": form, "regionCode": region}


def _products(service_code: str, match: Mapping[str, str], client: PriceListClient) -> Iterator[Mapping[str, Any]]:
    filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in sorted(match.items())]
    token: dict[str, str] = {}
    while True:
        page = client.get_products(ServiceCode=service_code, Filters=filters, FormatVersion="aws_v1", **token)
        for product in page.get("PriceList", []):
            yield json.loads(product) if isinstance(product, str) else product
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def _first(product: Mapping[str, Any], offer: Offer) -> Decimal:
    terms: Sequence[Mapping[str, Any]] = list(product.get("terms", {}).get("OnDemand", {}).values())
    dimensions = [found for term in terms for found in term["priceDimensions"].values()]
    start = Decimal(offer.begin_range)
    tiers = [found for found in dimensions if Decimal(found.get("beginRange") or 0) == start]
    if len(tiers) != 1:
        raise _NotListedError(f"it has {len(tiers)} on-demand prices from {offer.begin_range} on")
    try:
        return Decimal(tiers[0]["pricePerUnit"]["USD"])
    except (KeyError, InvalidOperation):
        raise _NotListedError("its price is not in US dollars") from None
