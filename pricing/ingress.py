"""The same targets behind another ingress, so that like is compared with like: an HTTP API, or a domain of your own.

The templates differ in their ingress: six targets have an HTTP API with its access log in front of a load balancer,
Lambda has a function URL, and Express Mode and App Runner bring a URL of their own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pricing.charges import Charge
from pricing.cost_model import CostModel
from pricing.prices import PriceList
from pricing.workload import EXECUTION_ENVIRONMENTS, HTTP_API_LIMIT

IngressChoice = Literal["template", "http-api", "custom-domain"]
INGRESSES: Mapping[IngressChoice, str] = {
    "template": "the ingress of each template",
    "http-api": "an HTTP API for every target",
    "custom-domain": "your own domain for every target",
}
"""Ingress -> what is priced."""
NOTES: Mapping[IngressChoice, str] = {
    "template": (
        "ingress: as in each template, which is not the same for all: Lambda has a function URL without an access log,"
        " Express Mode and App Runner a URL of their own, the others an HTTP API"
    ),
    "http-api": (
        "ingress: targets without an HTTP API are priced with one in front, and with its access log; its templates"
        " have none"
    ),
    "custom-domain": (
        "ingress: a public load balancer with a certificate for your domain, which has an address in each of two"
        " Availability Zones, and no access log; Lambda has an HTTP API, which needs no load balancer"
    ),
}
"""Ingress -> what the estimates assume."""
_ZONES = 2
_HTTP_API, _LOAD_BALANCER = "http-api-requests", "alb-hour"


def with_ingress(cost_models: Sequence[CostModel], ingress: IngressChoice, prices: PriceList) -> tuple[CostModel, ...]:
    """Return the cost models behind an ingress; those of the templates if none of them has an HTTP API."""
    http_api = next(([*_of_http_api(model)] for model in cost_models if _has(model, _HTTP_API)), [])
    if ingress == "template" or not http_api:
        return tuple(cost_models)
    return tuple(
        _at_own_domain(model, prices)
        if ingress == "custom-domain" and _has(model, _LOAD_BALANCER)
        else _behind_http_api(model, http_api)
        if ingress == "http-api" or model.capacity.replica_type == EXECUTION_ENVIRONMENTS
        else model
        for model in cost_models
    )


def _has(model: CostModel, price_id: str) -> bool:
    return any(charge.price_id == price_id for charge in model.charges)


def _of_http_api(model: CostModel) -> Iterator[Charge]:
    yield from (each for each in model.charges if each.price_id == _HTTP_API or each.item.startswith("access log"))


def _behind_http_api(model: CostModel, http_api: Sequence[Charge]) -> CostModel:
    if _has(model, _HTTP_API):
        return model
    stack = model.stacks[0]
    added = (replace(charge, stack=stack, shared=False) for charge in http_api)
    limits = (*model.capacity.request_limits, HTTP_API_LIMIT)
    return replace(model, charges=(*model.charges, *added), capacity=replace(model.capacity, request_limits=limits))


def _at_own_domain(model: CostModel, prices: PriceList) -> CostModel:
    if not _has(model, _HTTP_API):
        return model
    removed = [*_of_http_api(model)]
    [balancer] = [charge for charge in model.charges if charge.price_id == _LOAD_BALANCER]
    addresses = replace(
        balancer,
        item="public IPv4 addresses",
        price_id="public-ipv4-hour",
        unit_price_usd=prices.usd("public-ipv4-hour"),
        quantity=_ZONES,
    )
    limits = tuple(each for each in model.capacity.request_limits if each != HTTP_API_LIMIT)
    return replace(
        model,
        charges=(*(charge for charge in model.charges if charge not in removed), addresses),
        capacity=replace(model.capacity, request_limits=limits, throttling_rate_limit=None),
    )
