"""The changes: each field, option, parameter and context value has one."""

import dataclasses
import re
from types import SimpleNamespace
from typing import Any

import pytest

from deployment.errors import ActionableError
from microservice import ServiceSpec
from stacks.context import Context
from updates import changes as module
from updates.changes import (
    CONTEXT,
    DEPLOYMENT_OPTIONS,
    FIELDS,
    Change,
    app_changes,
    base_variant,
    changes_with_options,
    field_changes,
    option_changes,
    parameter_changes,
)
from updates.options import option_values, target_options
from updates.variants import Synthesis, Variant, constructs

BASE = base_variant(ServiceSpec(name="orders"))
CONTEXT_VALUES = [field.name for field in dataclasses.fields(Context)]


def ids(found: list[Change]) -> list[str]:
    return [change.id for change in found]


def synthesis(**parameters: dict[str, str]) -> Synthesis:
    return Synthesis(
        templates={"Stack": {"Parameters": parameters}},
        targets={"lambda": "Stack"},
        rejected={},
        unsupported_fields={},
    )


def test_every_field_of_the_spec_changes() -> None:
    found = field_changes(BASE)
    assert {change.field for change in found} == {field.name for field in dataclasses.fields(ServiceSpec)}
    assert len(ids(found)) == len(set(ids(found)))
    for change in found:
        assert getattr(change.after.spec, change.field) != getattr(change.before.spec, change.field)


def test_a_field_without_another_value_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIELDS", {name: FIELDS[name] for name in FIELDS if name != "port"})
    with pytest.raises(ActionableError, match="field of ServiceSpec 'port' has no change"):
        field_changes(BASE)


def test_a_value_without_a_field_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIELDS", {**FIELDS, "gpus": [1]})
    with pytest.raises(ActionableError, match="no field of ServiceSpec 'gpus'"):
        field_changes(BASE)


def test_every_option_of_every_construct_changes_on_its_targets() -> None:
    found = {change.id.removesuffix(" on"): change for change in option_changes(BASE) if not change.id.endswith(" off")}
    for target, options in target_options().items():
        for option in options:
            assert target in (found[option].targets or ())
            assert option in found[option].after.arguments[target]
    assert "ecs-fargate" in constructs()


def test_two_options_of_a_target_never_change_together() -> None:
    for change in option_changes(BASE):
        variants = [one for one in (change.before, change.after) if one != BASE]
        assert all(len(arguments) <= 1 for one in variants for arguments in one.arguments.values())


def test_an_option_with_a_default_is_reset_too() -> None:
    found = {change.id: change for change in option_changes(BASE)}
    assert found["canary_interval off"].before == found["canary_interval on"].after
    assert found["canary_interval off"].after == BASE
    assert "ingress" in found
    assert "ingress off" not in found


def test_an_option_without_another_value_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {name: make for name, make in option_values().items() if name != "canary_interval"}
    monkeypatch.setattr(module, "option_values", lambda: values)
    with pytest.raises(ActionableError, match="option of a construct 'canary_interval' has no change"):
        option_changes(BASE)


def test_every_stack_parameter_changes_but_those_of_the_cdk() -> None:
    text = {"Type": "String", "Default": "4.13.9"}
    image = {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": "/aws/service/ami"}
    bootstrap = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/version"}
    found = parameter_changes(BASE, synthesis(PlatformVersion=text, Image=image, BootstrapVersion=bootstrap))
    assert ids(found) == ["PlatformVersion", "ami"]
    assert found[0].parameters["Stack"]["PlatformVersion"] != "4.13.9"
    assert found[1].parameters["Stack"]["Image"] != "/aws/service/ami"
    assert found[0].targets == {"lambda"}


def test_a_parameter_without_another_value_is_an_error() -> None:
    with pytest.raises(ActionableError, match="stack parameter 'Size' has no change"):
        parameter_changes(BASE, synthesis(Size={"Type": "String"}))


def test_every_context_value_of_the_app_changes() -> None:
    assert set(CONTEXT_VALUES) == set(CONTEXT)
    found = app_changes(BASE, CONTEXT_VALUES)
    assert {"tags", "construct ID", *(name for name in CONTEXT if CONTEXT[name] is not None)} == set(ids(found))


def test_a_context_value_without_another_one_is_an_error() -> None:
    with pytest.raises(ActionableError, match="context value 'colour' has no change"):
        app_changes(BASE, [*CONTEXT_VALUES, "colour"])


def test_changes_are_repeated_with_options_that_shape_deployments() -> None:
    everything = synthesis()
    found = changes_with_options(BASE, everything)
    assert [re.sub(" with options$", "", change.id) for change in found] == [*FIELDS, "image", "tags"]
    for change in found:
        assert set(change.before.arguments["ecs-fargate"]) == {"blue_green_bake_time", "ingress"}
        assert set(DEPLOYMENT_OPTIONS) >= set(change.before.arguments["lambda"])
        assert "ecs-express" not in (change.targets or ())


def test_the_names_of_variants_are_unique() -> None:
    found = [*field_changes(BASE), *option_changes(BASE), *app_changes(BASE, CONTEXT_VALUES)]
    found += changes_with_options(BASE, synthesis())
    variants: dict[str, Variant] = {}
    for one in (one for change in found for one in (change.before, change.after)):
        assert variants.setdefault(one.name, one) is one or variants[one.name].spec == one.spec


def test_the_values_of_options_are_made() -> None:
    given: dict[str, Any] = {"command": ["a"], "image": SimpleNamespace()}
    scoped = {"alarm_topic", "file_systems", "ingress", "load_balancer_security_group", "namespace", "subnets"}
    for option, make in option_values().items():
        if option not in scoped:
            assert make(None, given) != given.get(option)
