"""Targets behind another ingress, priced as templates with that ingress would be."""

import pytest

from deployment.errors import ActionableError
from pricing.estimate import estimate, monthly_usd
from pricing.ingress import INGRESSES, NOTES, with_ingress
from pricing.usage import Usage
from tests.unit.pricing import samples

FORMAT = "x" * 200
BALANCER = {
    "Balancer": samples.resource("AWS::ElasticLoadBalancingV2::LoadBalancer", Scheme="internal", Subnets=["a", "b"])
}
PUBLIC = {
    "Balancer": samples.resource(
        "AWS::ElasticLoadBalancingV2::LoadBalancer", Scheme="internet-facing", Subnets=["a", "b"]
    )
}
HTTP_API = {
    "Api": samples.resource("AWS::ApiGatewayV2::Api", ProtocolType="HTTP"),
    "Log": samples.resource("AWS::Logs::LogGroup", RetentionInDays=30),
    "Stage": samples.resource(
        "AWS::ApiGatewayV2::Stage",
        AccessLogSettings={"DestinationArn": {"Fn::GetAtt": ["Log", "Arn"]}, "Format": FORMAT},
        DefaultRouteSettings={"ThrottlingRateLimit": 40},
    ),
}
USAGES = [Usage(), Usage(requests_per_second=30, response_bytes=700_000), Usage(requests_per_second=0)]


@pytest.fixture
def models():
    return [
        samples.priced({**samples.fargate(), **BALANCER, **HTTP_API}),
        samples.priced({"Function": samples.function(Timeout=29)}),
        samples.priced({**samples.fargate(), **PUBLIC}),
    ]


def test_every_ingress_says_what_it_assumes():
    assert INGRESSES.keys() == NOTES.keys()
    assert all(note.startswith("ingress: ") for note in NOTES.values())


@pytest.mark.parametrize("usage", USAGES, ids=str)
def test_a_target_behind_an_http_api_costs_what_its_template_with_one_would(models, usage):
    tasks, function, public = with_ingress(models, "http-api", samples.PRICES)
    assert tasks == models[0]
    alone = {name: each for name, each in HTTP_API.items() if name != "Stage"}
    stage = {**HTTP_API["Stage"]}
    same = samples.priced({"Function": samples.function(Timeout=29), **alone, "Stage": stage})
    assert monthly_usd(function, usage) == pytest.approx(monthly_usd(same, usage))
    assert monthly_usd(public, usage) > monthly_usd(models[2], usage) or not usage.requests


@pytest.mark.parametrize("usage", USAGES, ids=str)
def test_a_load_balancer_at_a_domain_costs_what_its_template_would(models, usage):
    tasks, function, public = with_ingress(models, "custom-domain", samples.PRICES)
    assert monthly_usd(tasks, usage) == pytest.approx(
        monthly_usd(samples.priced({**samples.fargate(), **PUBLIC}), usage)
    )
    assert public == models[2]
    assert monthly_usd(function, usage) == monthly_usd(with_ingress(models, "http-api", samples.PRICES)[1], usage)


def test_the_limits_are_those_of_the_ingress(models):
    large = Usage(requests_per_second=1, response_bytes=11_000_000)
    reasons = [
        [estimate(model, large).unsupported_reason for model in with_ingress(models, ingress, samples.PRICES)]
        for ingress in INGRESSES
    ]
    lambda_, api = (
        "Lambda accepts responses up to 6,000,000 bytes",
        "an HTTP API accepts responses up to 10,000,000 bytes",
    )
    assert reasons == [[api, lambda_, ""], [api, lambda_, api], ["", lambda_, ""]]
    throttled = Usage(requests_per_second=45)
    assert "throttled at 40" in estimate(models[0], throttled).unsupported_reason
    assert estimate(with_ingress(models, "custom-domain", samples.PRICES)[0], throttled).unsupported_reason == ""


def test_the_app_is_compared_behind_each_ingress(report):
    assert report.ingress == "template"
    assert list(report.other_ingresses) == ["http-api", "custom-domain"]
    usage = Usage(requests_per_second=20)
    costs = {
        ingress: {model.target: monthly_usd(model, usage) for model in models}
        for ingress, models in report.other_ingresses.items()
    }
    own = {model.target: monthly_usd(model, usage) for model in report.cost_models}
    assert own["lambda"] < own["ecs-express"]
    assert costs["custom-domain"]["lambda"] > costs["custom-domain"]["ecs-express"]
    assert costs["custom-domain"]["ecs-fargate"] < own["ecs-fargate"]
    assert costs["http-api"]["ecs-fargate"] == own["ecs-fargate"]


def test_targets_without_any_http_api_stay_as_they_are(models):
    assert with_ingress(models[1:], "http-api", samples.PRICES) == tuple(models[1:])


def test_an_unknown_target_is_still_an_error(report):
    with pytest.raises(ActionableError, match="unknown target"):
        report.estimate("moon")
