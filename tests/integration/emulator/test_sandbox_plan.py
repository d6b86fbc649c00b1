"""The checks of a sandbox account against the emulator, as far as it serves their calls."""

import pytest

from deployment.preflight import Account, Outcome, Plan
from deployment.preflight.check import Check
from sandbox import preflight
from sandbox.preflight import stack_collisions
from tests.emulated.emulator import Emulator
from tests.unit.deployment.aws_responses import plan_of

pytestmark = pytest.mark.local_run

ACCOUNT = "000000000000"
# Checks whose calls the emulator does not serve.
LACKING = {"account plan", "Transaction Search", "hooks"}
TABLE = {
    "Table": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    }
}


def of(emulator: Emulator) -> Account:
    return Account(emulator.client, emulator.environment.region)


def results(emulator: Emulator, plan: Plan, expected: str = ACCOUNT) -> dict[str, Outcome]:
    return {found.check: found.outcome for found in preflight.run(plan, of(emulator), expected)}


def test_a_stack_without_the_tag_stops_the_run_and_is_not_touched(emulator: Emulator) -> None:
    plan = plan_of({"Orders": TABLE})
    [absent] = stack_collisions.CHECK.findings(plan, of(emulator))
    assert absent.outcome is Outcome.PASSED
    before = emulator.deploy("Orders", TABLE)
    [found] = stack_collisions.CHECK.findings(plan, of(emulator))
    assert found.outcome is Outcome.FAILED
    assert "is not touched" in found.summary
    assert emulator.stack("Orders") == before


@pytest.mark.parametrize("check", preflight.OTHERS, ids=lambda check: check.name)
def test_a_call_that_the_emulator_lacks_is_unknown_and_no_error(emulator: Emulator, check: Check) -> None:
    plan = plan_of({"Orders": TABLE | {"Function": {"Type": "AWS::Lambda::Function"}}})
    outcomes = {found.outcome for found in check.findings(plan, of(emulator))}
    assert outcomes <= {Outcome.NOT_CHECKED if check.name in LACKING else Outcome.PASSED}


def test_root_the_management_account_and_an_alias_of_production_stop_the_run(emulator: Emulator) -> None:
    """The emulator's caller is the root user of the management account."""
    emulator.client("iam").create_account_alias(AccountAlias="shop-prod")
    found = results(emulator, plan_of({"Orders": TABLE}))
    failed = {check for check, outcome in found.items() if outcome is Outcome.FAILED}
    assert failed == {"root user", "organization", "account alias"}
    assert "stacks" not in found


def test_another_account_stops_the_run(emulator: Emulator) -> None:
    assert list(results(emulator, plan_of({"Orders": TABLE}), "111122223333")) == ["credentials", "account ID"]
