"""Resource attributes: their names and form, and what a spec adds to them."""

import aws_cdk as cdk
import pytest

from microservice import UnsupportedSpecError
from microservice.resource_attributes import merged, resource_attributes
from tests.unit.microservice.targets import stack_with


@pytest.mark.parametrize(
    ("own", "value"),
    [
        ("", "service.version=sha256:1,a=1"),
        ("b=2", "service.version=sha256:1,a=1,b=2"),
        (" b = 2 , c=3, ", "service.version=sha256:1,a=1,b = 2 , c=3"),
        ("a=2", "service.version=sha256:1,a=2"),
        ("service.version=7", "a=1,service.version=7"),
    ],
)
def test_attributes_of_the_spec_follow_those_of_the_construct_and_replace_them(own: str, value: str) -> None:
    assert merged({"service.version": "sha256:1", "a": "1"}, own) == value


def test_values_are_encoded_as_opentelemetry_requires() -> None:
    assert merged({"a": "b,c=d %"}, "") == "a=b%2Cc%3Dd%20%25"


def test_a_nested_stack_has_the_name_of_the_outermost_one_which_is_known_at_synthesis() -> None:
    outer = cdk.Stack(cdk.App(), "Outer")
    inner = cdk.NestedStack(cdk.NestedStack(outer, "Middle"), "Inner")
    found = resource_attributes(inner, platform="aws_ecs", version="1")
    assert found["deployment.environment.name"] == "Outer"
    assert not any(cdk.Token.is_unresolved(value) for value in found.values())


def test_a_version_that_is_not_known_at_synthesis_is_left_out() -> None:
    assert "service.version" not in resource_attributes(cdk.Stack(), platform="aws_app_runner", version=None)


def test_beanstalk_rejects_attributes_that_would_change_a_property_with_every_version() -> None:
    own = {"OTEL_RESOURCE_ATTRIBUTES": f"cloud.region={cdk.Aws.REGION}"}
    with pytest.raises(UnsupportedSpecError, match=r"OTEL_RESOURCE_ATTRIBUTES.*or set a value that is known at synth"):
        stack_with("BeanstalkMicroservice", environment=own)
    stack_with("LambdaMicroservice", environment=own)
