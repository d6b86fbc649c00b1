"""The contract that every target of the app keeps; new targets are found, not listed here."""

import dataclasses
import inspect
import json
from importlib import import_module
from typing import Any

import aws_cdk as cdk
import pytest

from microservice import ServiceSpec
from microservice.target import TARGET_METADATA
from tests.conftest import Synthesise, Synthesised, resources

# Another value of each field; a target supports it, or rejects it and its stack stays empty.
CHANGES: dict[str, Any] = {
    "name": "bills",
    "port": 9090,
    "health_path": "/healthz",
    "cpu": 2048,
    "memory_mib": 3072,
    "min_instances": 3,
    "max_instances": 11,
    "target_cpu_percent": 70,
    "architecture": "arm64",
    "environment": {"LOG_LEVEL": "DEBUG"},
    "trace_sampling_rate": 0.5,
    "secrets": {"API_KEY": "arn:aws:ssm:us-east-1:123456789012:parameter/bills/key"},
    "command": ["serve", "--verbose"],
    "health_command": ["/healthcheck"],
    "health_codes": "200-299",
    "start_seconds": 120,
    "writable_paths": ["/tmp", "/var/cache"],
}


@pytest.fixture(scope="module")
def medium(app_spec: ServiceSpec) -> ServiceSpec:
    """A size with larger and smaller ones on every target; App Runner supports few combinations of CPU and memory."""
    return dataclasses.replace(app_spec, cpu=1024, memory_mib=4096)


def stack_of(target: Any) -> str:
    return str(cdk.Stack.of(target).stack_name)


def violation(*, changed: bool, declared: bool) -> str:
    """Return how a target breaks the contract for a field, or an empty string."""
    if changed != declared:
        return ""
    return "declared as unsupported, but honoured" if declared else "neither honoured nor declared as unsupported"


def test_a_target_that_ignores_a_field_or_declares_a_honoured_one_breaks_the_contract() -> None:
    assert violation(changed=False, declared=False) == "neither honoured nor declared as unsupported"
    assert violation(changed=True, declared=True) == "declared as unsupported, but honoured"
    assert violation(changed=True, declared=False) == violation(changed=False, declared=True) == ""


def test_each_field_has_another_value() -> None:
    assert set(CHANGES) == {field.name for field in dataclasses.fields(ServiceSpec)}


@pytest.mark.parametrize("field", CHANGES)
def test_each_field_is_honoured_rejected_or_declared_as_unsupported(
    field: str, medium: ServiceSpec, variant: Synthesise, subtests: pytest.Subtests
) -> None:
    before = variant(medium)
    after = variant(dataclasses.replace(medium, **{field: CHANGES[field]}))
    assert before.targets
    for target in before.targets:
        with subtests.test(target.TARGET_ID):
            stack = stack_of(target)
            changed = before.written_for(stack) != after.written_for(stack)
            assert not violation(changed=changed, declared=field in target.UNSUPPORTED_FIELDS)


def test_unsupported_fields_are_fields_with_a_reason(synthesised: Synthesised) -> None:
    for target in synthesised.targets:
        assert set(target.UNSUPPORTED_FIELDS) <= set(CHANGES)
        assert all(len(reason) > 10 for reason in target.UNSUPPORTED_FIELDS.values())


def test_every_url_is_https_without_a_trailing_slash(synthesised: Synthesised) -> None:
    for target in synthesised.targets:
        url = json.dumps(synthesised.templates[stack_of(target)]["Outputs"]["Url"]["Value"])
        # The endpoint of an HTTP API starts with https://; other URLs contain it in the template.
        assert "https://" in url or "ApiEndpoint" in url
        assert not json.dumps(url).rstrip('"]}\\').endswith("/")


def test_the_exposed_role_has_the_permissions_that_the_stack_grants(synthesised: Synthesised) -> None:
    for target in synthesised.targets:
        stack = stack_of(target)
        role = synthesised.app.node.find_child(stack).resolve(target.role.node.default_child.logical_id)
        policies = resources(synthesised.templates[stack], "AWS::IAM::Policy")
        granted = json.dumps([policy for policy in policies if {"Ref": role} in policy["Roles"]])
        assert "dynamodb:PutItem" in granted
        assert "secretsmanager:GetSecretValue" in granted


def test_target_ids_are_unique(synthesised: Synthesised) -> None:
    ids = [target.TARGET_ID for target in synthesised.targets]
    assert len(ids) == len(set(ids))


def metadata_of(synthesised: Synthesised, target: Any) -> dict[str, Any]:
    """Return the one metadata entry of the target in its stack."""
    file = synthesised.directory / f"{stack_of(target)}.metadata.json"
    entries = [entry for found in json.loads(file.read_text()).values() for entry in found]
    [data] = [entry["data"] for entry in entries if entry["type"] == TARGET_METADATA]
    return dict(data)


def options_of(target: Any) -> list[str]:
    parameters = inspect.signature(type(target).__init__).parameters.values()
    return [each.name for each in parameters if each.kind is each.KEYWORD_ONLY and each.default is not each.empty]


def test_metadata_describes_each_target(synthesised: Synthesised, subtests: pytest.Subtests) -> None:
    for target in synthesised.targets:
        with subtests.test(target.TARGET_ID):
            data = metadata_of(synthesised, target)
            assert set(data) == {
                "id",
                "construct",
                "module",
                "summary",
                "description",
                "options",
                "unsupported_fields",
                "spec_fields",
            }
            assert data["id"] == target.TARGET_ID
            assert data["construct"] == type(target).__name__
            assert getattr(import_module(f"microservice.{data['module']}"), data["construct"]) is type(target)
            assert data["unsupported_fields"] == dict(target.UNSUPPORTED_FIELDS)


def test_metadata_has_the_documentation_of_each_target(synthesised: Synthesised, subtests: pytest.Subtests) -> None:
    for target in synthesised.targets:
        with subtests.test(target.TARGET_ID):
            data = metadata_of(synthesised, target)
            text = " ".join((inspect.getdoc(type(target)) or "").split())
            paragraphs = [data["summary"], *data["description"]]
            assert text.startswith(" ".join(paragraphs) + " Attributes:")
            assert [" ".join(paragraph.split()[:3]) for paragraph in data["description"]] == [
                " ".join(paragraph.split()[:3])
                for paragraph in (inspect.getdoc(type(target)) or "").split("\n\n")[1:]
                if not paragraph.startswith(("Attributes:", "Example:"))
            ]


def test_metadata_documents_each_option(synthesised: Synthesised, subtests: pytest.Subtests) -> None:
    for target in synthesised.targets:
        with subtests.test(target.TARGET_ID):
            options = metadata_of(synthesised, target)["options"]
            assert list(options) == options_of(target)
            assert all("Default: " in text for text in options.values())
    assert {"blue_green_bake_time", "instance_type"} <= {
        option for target in synthesised.targets for option in options_of(target)
    }


def test_metadata_documents_each_field_of_the_spec(synthesised: Synthesised) -> None:
    for target in synthesised.targets:
        fields = {field.pop("name"): field for field in metadata_of(synthesised, target)["spec_fields"]}
        assert set(fields) == set(CHANGES)
        assert all(set(field) == {"default", "description"} for field in fields.values())
        assert all(len(field["description"]) > 10 for field in fields.values())
        defaults = {name: field["default"] for name, field in fields.items()}
        assert defaults.pop("name") == ""
        assert defaults == {
            name: repr(value if name != "environment" else dict(value))
            for name, value in vars(ServiceSpec(name="bills")).items()
            if name != "name"
        }


def test_templates_do_not_contain_the_metadata(synthesised: Synthesised) -> None:
    assert TARGET_METADATA not in "".join(map(json.dumps, synthesised.templates.values()))


def test_docstrings_have_a_summary_and_the_same_four_paragraphs(synthesised: Synthesised) -> None:
    for target in synthesised.targets:
        text = type(target).__doc__ or ""
        assert ":" in text.splitlines()[0]
        for paragraph in ("It creates", "You provide", "Choose it", "Do not choose it"):
            assert text.count(f"    {paragraph}") == 1, (type(target).__name__, paragraph)
