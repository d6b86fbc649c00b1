"""App Runner keeps the contract, with values that it can run: its pairs of cpu and memory are few."""

import dataclasses
from types import ModuleType
from typing import Any

import pytest

from microservice import ServiceSpec
from tests.conftest import Synthesise, Synthesised
from tests.microservice.test_contract import CHANGES, stack_of, targets, verdict

CHANGES_HERE: dict[str, Any] = CHANGES | {"cpu": 2048, "memory_mib": 3072}
REFUSED = {"architecture"}


@pytest.fixture(scope="module")
def usual(app_module: ModuleType) -> ServiceSpec:
    """Room in both directions."""
    return dataclasses.replace(app_module.SPEC, cpu=1024, memory_mib=4096)


def app_runner(synthesised: Synthesised) -> list[Any]:
    return [target for target in targets(synthesised) if target.TARGET_ID == "app-runner"]


@pytest.mark.parametrize("field", CHANGES_HERE)
def test_each_field_is_honoured_declared_or_refused(field: str, usual: ServiceSpec, variant: Synthesise) -> None:
    before = variant(usual)
    after = variant(dataclasses.replace(usual, **{field: CHANGES_HERE[field]}))
    [target] = app_runner(before)
    changed = before.written_for(stack_of(target)) != after.written_for(stack_of(target))
    assert verdict(changed=changed, declared=field in target.FIXED_BY_PLATFORM) == "kept"
    assert (app_runner(after) == []) == (field in REFUSED)


@pytest.mark.parametrize("said", [None, "false"])
def test_it_is_absent_unless_asked_for(said: str | None, variant: Synthesise) -> None:
    """AWS takes no new customers for it."""
    default = variant(context={"app_runner": said})
    assert "OrdersOnAppRunner" not in default.templates
    assert app_runner(default) == []
