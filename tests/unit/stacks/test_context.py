"""The context values of the app: names, values, and combinations."""

import dataclasses
import json
import re

import pytest

from microservice import ServiceSpec
from stacks.context import Context, require_known
from tests.conftest import ROOT

NAMES = [field.name for field in dataclasses.fields(Context)]


def read(**values: object) -> Context:
    return Context.read(values.get)


def test_every_value_has_a_default_and_a_description() -> None:
    assert read() == Context()
    described = re.findall(r"^ {4,8}(\w+): ", (Context.__doc__ or "").partition("Attributes:")[2], re.MULTILINE)
    assert described == NAMES


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("alarm_email", "alarm_emails"),
        ("alarm-topic", "alarm_topic"),
        ("Stage", "stage"),
        ("apprunner", "app_runner"),
        ("servicefile", "service_file"),
        ("workload", "workloads"),
    ],
)
def test_a_misspelt_name_is_rejected_with_the_nearest(name: str, nearest: str) -> None:
    sentence = f"context {name}='x' is not known (allowed: {', '.join(NAMES)}). Pass -c {nearest}=…, the nearest name."
    with pytest.raises(ValueError, match=re.escape(sentence)):
        require_known({"stage": "beta", name: "x"})


def test_a_name_like_no_other_is_rejected() -> None:
    with pytest.raises(ValueError, match=r"context colour='red' is not known .*Remove it, or correct its name"):
        require_known({"colour": "red"})


def test_the_values_of_the_app_and_of_the_cdk_are_known() -> None:
    settings = json.loads((ROOT / "cdk.json").read_text())["context"]
    of_cdk = [
        "@aws-cdk/core:bootstrapQualifier",
        "aws:cdk:enable-path-metadata",
        "aws-cdk:enableDiffNoFail",
        "availability-zones:account=111122223333:region=us-east-1",
        "vpc-provider:account=111122223333:filter.isDefault=true:region=us-east-1:returnAsymmetricSubnets=true",
        "acknowledged-issue-numbers",
    ]
    require_known(dict.fromkeys([*NAMES, *settings, *of_cdk]))
    require_known({"cost-center": "42"}, {"cost-center": "42"})


@pytest.mark.parametrize("given", [{"memory_mib": 1024}, '{"memory_mib": 1024}'])
def test_fields_of_the_spec_are_a_mapping_or_json(given: object) -> None:
    assert read(service=given).service == {"memory_mib": 1024}


@pytest.mark.parametrize("given", [{"size": 1}, '["memory_mib"]', "{", 7])
def test_unknown_fields_of_the_spec_are_rejected(given: object) -> None:
    allowed = ", ".join(field.name for field in dataclasses.fields(ServiceSpec))
    with pytest.raises(ValueError, match=re.escape(f"(allowed: {allowed})")):
        read(service=given)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"network": "private"}, "network='private' is not valid (allowed: nat, isolated)"),
        ({"network": "isolated", "workloads": "true"}, "workloads=true is not supported with network='isolated'"),
        ({"stage": "beta", "transaction_search": "true"}, "transaction_search=true is not supported with stage='beta'"),
        ({"workloads": "yes"}, "workloads='yes' is not valid (allowed: true, false)"),
    ],
)
def test_values_that_are_not_supported_are_rejected(values: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        read(**values)


def test_flags_and_lists_are_parsed() -> None:
    found = read(app_runner="True", workloads="false", availability_zones="us-east-1a,us-east-1b", network="isolated")
    assert (found.app_runner, found.workloads, found.is_isolated) == (True, False, True)
    assert found.availability_zones == ("us-east-1a", "us-east-1b")
