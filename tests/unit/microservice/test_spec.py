"""The values that `ServiceSpec` rejects, and copies of a spec."""

import copy
import dataclasses
import json
import pickle
import re
from collections.abc import Callable, Sequence
from typing import Any

import aws_cdk as cdk
import pytest

from microservice.spec import InvalidServiceSpecError, ServiceSpec

PARAMETER = "arn:aws:ssm:eu-central-1:123456789012:parameter/bills/key"
SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:bills/key-AbCdEf"
WRONG = {
    "name": ["", "Orders", "1orders", "o", "x" * 33, 7],
    "port": [0, 80, 65536, "8080", True, 8080.0],
    "health_path": ["livez", "/livez?deep=1", "", None],
    "cpu": [0, 127, 16385, 0.25],
    "memory_mib": [127, 122881, "512"],
    "min_instances": [-1, 1001, None],
    "max_instances": [0, 1001, 1.5],
    "target_cpu_percent": [9, 91, "60"],
    "architecture": ["amd64", "", None],
    "environment": [
        *({"1A": "x"}, {"A B": "x"}, {"AWS_REGION": "x"}, {"PORT": "1"}, {"HOST": "0.0.0.0"}, {"A": 1}),
        *({"OTEL_SERVICE_NAME": "x"}, {"OTEL_SDK_DISABLED": "true"}),
        *({"OTEL_TRACES_SAMPLER": "always_on"}, {"OTEL_TRACES_SAMPLER_ARG": "1"}),
        *({"OTEL_RESOURCE_ATTRIBUTES": value} for value in ("x", "a=b,c", "=x", "a b=c", "service.name=x")),
    ],
    "trace_sampling_rate": [-0.1, 1.1, "0.05", True, float("nan")],
    "secrets": [
        *({"1A": PARAMETER}, {"AWS_REGION": PARAMETER}, {"PORT": PARAMETER}, {"HOST": PARAMETER}, {"A": 1}, None),
        *({"A": ""}, {"A": "bills/key"}, {"A": SECRET[:-7]}, {"A": f"{SECRET}:key"}, {"A": f"{PARAMETER}:key::"}),
    ],
    "command": ["serve", [""], [1], None, 5],
    "health_command": [["CMD"], ["CMD-SHELL"], ["CMD-SHELL", "curl", "-f"], [""], [1], None, 5],
    "health_codes": ["", "500", "20", "200-", "200 299", "200,,201", "200-600", 200, None],
    "start_seconds": [4, 901, "60", 5.5],
    "writable_paths": ["/tmp", ["tmp"], ["/"], ["/tmp/"], ["/tmp", "/tmp"], ["/a b"], None],
}


def test_every_field_has_wrong_values() -> None:
    assert set(WRONG) == {field.name for field in dataclasses.fields(ServiceSpec)}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in WRONG.items() for value in values])
def test_a_wrong_value_is_reported_with_field_value_allowed_values_and_fix(field: str, value: object) -> None:
    with pytest.raises(InvalidServiceSpecError) as caught:
        ServiceSpec(**{"name": "orders", field: value})
    message = str(caught.value)
    assert field in message
    assert re.search(r"\(allowed: .+\)\. [A-Z].+\.$", message)
    assert repr(value) in message or field in ("environment", "secrets")


def test_all_faults_are_reported_at_once() -> None:
    with pytest.raises(InvalidServiceSpecError) as caught:
        ServiceSpec(name="Orders", port=80, trace_sampling_rate=2)
    assert "3 values are wrong" in str(caught.value)
    assert all(field in str(caught.value) for field in ("name", "port", "trace_sampling_rate"))


def test_a_maximum_below_the_minimum_is_rejected() -> None:
    with pytest.raises(InvalidServiceSpecError, match=r"max_instances=2 .*allowed: an integer from 3 to 1000"):
        ServiceSpec(name="orders", min_instances=3, max_instances=2)


def test_a_spec_cannot_be_changed() -> None:
    spec = ServiceSpec(name="orders", environment={"A": "1"})
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.port = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        spec.environment["A"] = "2"  # type: ignore[index]


def test_a_spec_is_plain_data() -> None:
    spec = ServiceSpec(name="orders", environment={"A": "1"}, secrets={"B": SECRET}, command=["serve"])
    for same in (copy.copy(spec), copy.deepcopy(spec), pickle.loads(pickle.dumps(spec)), dataclasses.replace(spec)):
        assert same == spec
        assert hash(same) == hash(spec)
    assert ServiceSpec(**dataclasses.asdict(spec)) == spec
    assert json.loads(json.dumps(dataclasses.asdict(spec)))["environment"] == {"A": "1"}


@pytest.mark.parametrize("change", [lambda d: d.update(A="2"), lambda d: d.pop("A"), lambda d: d.clear()])
def test_the_variables_of_a_spec_cannot_be_changed(change: Callable[[Any], object]) -> None:
    spec = ServiceSpec(name="orders", environment={"A": "1"})
    with pytest.raises(TypeError, match=r"use dataclasses\.replace"):
        change(spec.environment)
    assert spec.environment == {"A": "1"}


@pytest.mark.parametrize(
    ("given", "command"),
    [
        ([], ()),
        ("", ()),
        (["NONE"], ()),
        (["/app", "-health"], ("CMD", "/app", "-health")),
        (["CMD", "/app", "-health"], ("CMD", "/app", "-health")),
        ("curl -f localhost || exit 1", ("CMD-SHELL", "curl -f localhost || exit 1")),
        (["CMD-SHELL", "curl -f localhost || exit 1"], ("CMD-SHELL", "curl -f localhost || exit 1")),
    ],
)
def test_a_health_command_has_the_forms_of_docker(given: Sequence[str], command: tuple[str, ...]) -> None:
    spec = ServiceSpec(name="orders", health_command=given)
    assert spec.health_command == command
    assert dataclasses.replace(spec, port=9090).health_command == command


@pytest.mark.parametrize(
    "value",
    # The number in a token differs between two processes; an ID of a test must not.
    [PARAMETER, SECRET, f"{SECRET}:key::", f"{SECRET}::AWSPREVIOUS:", pytest.param(cdk.Aws.STACK_ID, id="token")],
)
def test_a_secret_is_an_arn_or_a_token(value: str) -> None:
    assert ServiceSpec(name="orders", secrets={"KEY": value}).secrets == {"KEY": value}


def test_a_name_is_a_variable_or_a_secret() -> None:
    with pytest.raises(InvalidServiceSpecError, match=r"names that are not in environment"):
        ServiceSpec(name="orders", environment={"KEY": "1"}, secrets={"KEY": SECRET})


def test_a_service_that_traces_by_itself_sets_every_variable_of_opentelemetry() -> None:
    own = {"OTEL_SERVICE_NAME": "bills", "OTEL_TRACES_SAMPLER": "always_on", "TZ": "Europe/Berlin"}
    assert ServiceSpec(name="orders", environment=own, trace_sampling_rate=None).environment == own


def test_with_environment_overrides_variables_in_a_copy_of_the_spec() -> None:
    spec = ServiceSpec(name="orders", environment={"A": "1", "B": "1"})
    assert dict(spec.with_environment(B="2", C="2").environment) == {"A": "1", "B": "2", "C": "2"}
    assert dict(spec.environment) == {"A": "1", "B": "1"}


@pytest.mark.parametrize(
    "variables",
    [
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_EXPORTER_OTLP_HEADERS": "key=value"},
        {"OTEL_PROPAGATORS": "tracecontext,xray", "OTEL_METRICS_EXPORTER": "otlp"},
        {"OTEL_RESOURCE_ATTRIBUTES": ""},
        {"OTEL_RESOURCE_ATTRIBUTES": "service.namespace=shop, deployment.environment.name=prod,team=a%2Cb,"},
    ],
)
def test_other_settings_of_opentelemetry_are_yours(variables: dict[str, str]) -> None:
    assert dict(ServiceSpec(name="orders", environment=variables).environment) == variables


def test_a_variable_that_a_field_sets_is_rejected_with_the_name_of_the_field() -> None:
    with pytest.raises(InvalidServiceSpecError, match=r"Remove the variable, and set trace_sampling_rate\.$"):
        ServiceSpec(name="orders", environment={"OTEL_TRACES_SAMPLER": "always_on"})
