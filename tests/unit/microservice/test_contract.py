"""One suite for every target that the app has; a new target is found, not added here."""

import dataclasses
import json
from typing import Any

import aws_cdk as cdk
import pytest
from microservice.contract import TARGET_METADATA

from microservice import ServiceSpec
from tests.conftest import Synthesise, Synthesised

# Another value for each field, which every platform can run or refuses (then its stack is not there).
CHANGES: dict[str, Any] = {
    "name": "bills",
    "port": 9090,
    "health_path": "/well",
    "cpu": 2048,
    "memory_mib": 3072,
    "min_instances": 3,
    "max_instances": 11,
    "target_cpu_percent": 70,
    "architecture": "arm64",
    "environment": {"LOG_LEVEL": "DEBUG"},
    "trace_sampling_rate": 0.5,
}


@pytest.fixture(scope="module")
def usual(app_spec: ServiceSpec) -> ServiceSpec:
    """Room in both directions: cpu and memory go in pairs, and App Runner sells few."""
    return dataclasses.replace(app_spec, cpu=1024, memory_mib=4096)


def targets(synthesised: Synthesised) -> list[Any]:
    found = [construct for construct in synthesised.app.node.find_all() if hasattr(construct, "TARGET_ID")]
    assert found
    return found


def stack_of(construct: Any) -> str:
    return str(cdk.Stack.of(construct).stack_name)


def verdict(*, changed: bool, declared: bool) -> str:
    if changed == (not declared):
        return "kept"
    return "declared as fixed, and honoured" if declared else "neither honoured nor declared as fixed"


def test_a_target_that_ignores_a_field_or_declares_one_it_honours_is_found_out() -> None:
    assert verdict(changed=False, declared=False) == "neither honoured nor declared as fixed"
    assert verdict(changed=True, declared=True) == "declared as fixed, and honoured"
    assert verdict(changed=True, declared=False) == verdict(changed=False, declared=True) == "kept"


def test_each_field_has_another_value_to_try() -> None:
    assert set(CHANGES) == {field.name for field in dataclasses.fields(ServiceSpec)}


@pytest.mark.parametrize("field", CHANGES)
def test_each_field_is_honoured_refused_or_declared(
    field: str, usual: ServiceSpec, variant: Synthesise, subtests: pytest.Subtests
) -> None:
    before = variant(usual)
    after = variant(dataclasses.replace(usual, **{field: CHANGES[field]}))
    for target in targets(before):
        with subtests.test(target.TARGET_ID):
            stack = stack_of(target)
            changed = before.written_for(stack) != after.written_for(stack)
            assert verdict(changed=changed, declared=field in target.UNSUPPORTED_FIELDS) == "kept"


def test_what_is_fixed_is_a_field_and_says_why(synthesised: Synthesised) -> None:
    for target in targets(synthesised):
        assert set(target.UNSUPPORTED_FIELDS) <= set(CHANGES)
        assert all(len(reason) > 10 for reason in target.UNSUPPORTED_FIELDS.values())


def test_every_target_answers_by_https(synthesised: Synthesised) -> None:
    for target in targets(synthesised):
        stack = stack_of(target)
        url = json.dumps(synthesised.templates[stack]["Outputs"]["Url"]["Value"])
        # An HTTP API's endpoint is https by its own definition; everything else says so in the template.
        assert "https://" in url or "ApiEndpoint" in url
        assert not json.dumps(url).rstrip('"]}\\').endswith("/")


def test_permissions_are_granted_to_the_role_that_a_target_hands_out(synthesised: Synthesised) -> None:
    for target in targets(synthesised):
        stack = stack_of(target)
        role = target.role.node.default_child.logical_id
        name = synthesised.app.node.find_child(stack).resolve(role)
        policies = [p for p in synthesised.templates[stack]["Resources"].values() if p["Type"] == "AWS::IAM::Policy"]
        granted = json.dumps([p for p in policies if {"Ref": name} in p["Properties"]["Roles"]])
        assert "dynamodb:PutItem" in granted
        assert "secretsmanager:GetSecretValue" in granted


def test_targets_stand_in_the_assembly_with_id_and_construct(synthesised: Synthesised) -> None:
    for target in targets(synthesised):
        metadata = json.loads((synthesised.directory / f"{stack_of(target)}.metadata.json").read_text())
        recorded = [
            entry["data"] for entries in metadata.values() for entry in entries if entry["type"] == TARGET_METADATA
        ]
        fixed = dict(target.UNSUPPORTED_FIELDS)
        assert recorded == [{"id": target.TARGET_ID, "construct": type(target).__name__, "fixed_by_platform": fixed}]


def test_each_target_is_named_once(synthesised: Synthesised) -> None:
    names = [target.TARGET_ID for target in targets(synthesised)]
    assert len(names) == len(set(names))


def test_docstrings_say_what_it_is_and_then_the_same_four_things(synthesised: Synthesised) -> None:
    for target in targets(synthesised):
        text = type(target).__doc__ or ""
        assert ":" in text.splitlines()[0]
        for paragraph in ("It makes", "It leaves to you", "Choose it", "Do not choose it"):
            assert text.count(f"    {paragraph}") == 1, (type(target).__name__, paragraph)
