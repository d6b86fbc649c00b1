"""Inventory before, search afterwards: each resource is confirmed, and a missing permission means unknown."""

import json
import re
from typing import Any

import pytest

from deployment.preflight.account import Account
from deployment.results import Outcome
from sandbox import inventory as inventories
from sandbox import leftovers
from sandbox.inventory import Inventory, Resource
from sandbox.leftovers import Leftover
from sandbox.resource_kinds import BY_TYPE, KINDS, ResourceKind, State, confirm, kind_of_arn
from tests.conftest import ROOT
from tests.unit.sandbox import invented
from tests.unit.sandbox.drill_contexts import STACK_ID
from tests.unit.sandbox.test_responses import CALL

PRESENT, ABSENT, UNKNOWN, EXPECTED = State.PRESENT, State.ABSENT, State.UNKNOWN, State.EXPECTED
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:token-AbCdEf"
STATE_OF = {
    "present": PRESENT,
    "absent": ABSENT,
    "missing": ABSENT,
    "none": ABSENT,
    "deleted": ABSENT,
    "terminated": ABSENT,
    "inactive": ABSENT,
    "leaving": UNKNOWN,
    "draining": UNKNOWN,
    "denied": UNKNOWN,
    "pending": EXPECTED,
}
IDS = {"AWS::EC2::EIP": "eipalloc-0123456789abcdef0", "AWS::Logs::LogGroup": "orders"}


OTHER_KINDS = [kind for kind in KINDS if kind.type != "AWS::Logs::LogGroup"]


def call_of(kind: ResourceKind) -> tuple[str, str]:
    """Service and operation that a kind asks."""
    text = (ROOT / "sandbox/resource_kinds.py").read_text()
    block = next(part for part in text.split("    ResourceKind(") if f'type="{kind.type}"' in part)
    [(a, b, c, d)] = CALL.findall(block)
    return a or c, b or d


def id_of(kind: ResourceKind) -> str:
    """A physical ID of this form."""
    service = kind.arn.partition(":")[0]
    arn = f"arn:aws:{service}:us-east-1:123456789012:orders/orders"
    return arn if kind.has_arn_as_id else IDS.get(kind.type, "orders")


def account(*responses: tuple[str, str, str]) -> Account:
    """An account that returns these responses in this order."""
    return Account(invented.clients(*responses).__getitem__, "us-east-1")


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.type != "AWS::Logs::LogGroup"], ids=lambda kind: kind.type
)
def test_the_service_of_a_resource_says_whether_it_exists(kind: ResourceKind) -> None:
    call = call_of(kind)
    names = [name for name in invented.read(*call) if name in STATE_OF]
    asked = account(*((*call, name) for name in names))
    for name in names:
        found, reason = confirm(kind, asked, id_of(kind))
        assert found is STATE_OF[name], (name, reason)
        assert bool(reason) == (found in (UNKNOWN, EXPECTED))
        assert name != "denied" or reason == f"the permission {kind.permission} is missing"


def test_a_log_group_is_not_found_by_the_start_of_another_name() -> None:
    kind = BY_TYPE["AWS::Logs::LogGroup"]
    call = ("logs", "describe_log_groups")
    assert confirm(kind, account((*call, "exact")), "orders")[0] is PRESENT
    assert confirm(kind, account((*call, "other")), "orders")[0] is ABSENT
    assert confirm(kind, account((*call, "denied")), "orders")[0] is UNKNOWN


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
def test_every_kind_has_responses_for_both_and_a_command(kind: ResourceKind) -> None:
    states = {STATE_OF[name] for name in invented.read(*call_of(kind)) if name in STATE_OF}
    assert {PRESENT, UNKNOWN} <= states
    assert ABSENT in states or kind.type == "AWS::ECS::TaskDefinition"
    assert "orders" in kind.command("orders")
    assert "{" not in kind.command("orders")
    service, _, action = kind.permission.partition(":")
    assert service
    assert re.sub("_", "", call_of(kind)[1]) == action.lower() or kind.permission == "apigateway:GET"


@pytest.mark.parametrize(
    ("arn", "type_", "id_"),
    [
        ("arn:aws:dynamodb:us-east-1:123456789012:table/orders", "AWS::DynamoDB::Table", "orders"),
        ("arn:aws:logs:us-east-1:123456789012:log-group:/aws/x:*", "AWS::Logs::LogGroup", "/aws/x"),
        ("arn:aws:sqs:us-east-1:123456789012:dead", "AWS::SQS::Queue", "dead"),
        ("arn:aws:apigateway:us-east-1::/vpclinks/abc", "AWS::ApiGatewayV2::VpcLink", "abc"),
        (SECRET, "AWS::SecretsManager::Secret", SECRET),
    ],
)
def test_an_arn_of_the_tagging_api_has_a_kind_and_a_physical_id(arn: str, type_: str, id_: str) -> None:
    found = kind_of_arn(arn)
    assert found
    assert (found[0].type, found[1]) == (type_, id_)


@pytest.mark.parametrize("arn", ["arn:aws:example:us-east-1:123456789012:thing/1", "nothing"])
def test_an_arn_of_another_kind_has_none(arn: str) -> None:
    assert kind_of_arn(arn) is None


class TestInventory:
    def test_it_has_the_resources_of_every_stack(self) -> None:
        found = inventories.take(
            account(("cloudformation", "list_stack_resources", "data")), {"Data": STACK_ID.format(name="Data")}
        )
        ids = {(one.type, one.id) for one in found.resources}
        assert ids == {
            ("AWS::DynamoDB::Table", "orders"),
            ("AWS::IAM::Policy", "orders-policy"),
            ("AWS::SecretsManager::Secret", SECRET),
        }
        assert not found.unknown
        assert not found.log_groups

    def test_it_has_what_is_in_the_vpc_and_the_log_groups_that_aws_creates(self) -> None:
        found = inventories.take(
            account(
                ("cloudformation", "list_stack_resources", "network"),
                ("ec2", "describe_network_interfaces", "present"),
                ("ec2", "describe_instances", "present"),
            ),
            {"OrdersNetwork": STACK_ID.format(name="OrdersNetwork")},
        )
        assert found.of_type("AWS::EC2::NetworkInterface")
        assert [one.stack for one in found.of_type("AWS::EC2::Instance")] == [""]
        assert found.log_groups == ("/aws/ecs/containerinsights/OrdersNetwork-",)

    def test_a_terminated_instance_is_not_in_it(self) -> None:
        found = account(("ec2", "describe_instances", "terminated"))
        assert list(inventories.instances(found, "vpc-0123456789abcdef0")) == []

    def test_it_has_what_ecs_manages_for_an_express_service(self) -> None:
        found = inventories.take(
            account(
                ("cloudformation", "list_stack_resources", "express"),
                ("ecs", "describe_express_gateway_service", "present"),
                ("ecs", "describe_service_revisions", "express"),
            ),
            {"Express": STACK_ID.format(name="Express")},
        )
        types = {one.type for one in found.resources if not one.stack}
        assert types == {
            "AWS::CertificateManager::Certificate",
            "AWS::CloudWatch::Alarm",
            "AWS::EC2::SecurityGroup",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::Logs::LogGroup",
        }
        assert len(found.of_type("AWS::ElasticLoadBalancingV2::TargetGroup")) == 2

    @pytest.mark.parametrize(
        ("denied", "what"),
        [
            ([("cloudformation", "list_stack_resources", "denied")], "Express"),
            (
                [
                    ("cloudformation", "list_stack_resources", "express"),
                    ("ecs", "describe_express_gateway_service", "present"),
                    ("ecs", "describe_service_revisions", "denied"),
                ],
                "resources that ECS manages",
            ),
        ],
    )
    def test_what_cannot_be_listed_is_named(self, denied: Any, what: str) -> None:
        found = inventories.take(account(*denied), {"Express": STACK_ID.format(name="Express")})
        [unknown] = found.unknown
        assert unknown.startswith(what)
        [left] = leftovers.search(
            account(*AFTER),
            Inventory(stacks={}, resources=(), log_groups=(), unknown=found.unknown),
            "r1ab",
        )
        assert left.state is UNKNOWN

    def test_it_survives_a_file(self) -> None:
        assert Inventory.from_data(json.loads(json.dumps(BEFORE.as_data()))) == BEFORE


DATA = STACK_ID.format(name="Data")
BEFORE = Inventory(
    stacks={"Data": DATA},
    resources=(
        Resource(type="AWS::DynamoDB::Table", id="orders", stack=DATA, logical_id="Table"),
        Resource(type="AWS::IAM::Policy", id="orders-policy", stack=DATA, logical_id="Policy"),
        Resource(type="AWS::SecretsManager::Secret", id=SECRET, stack=DATA, logical_id="Token"),
    ),
    log_groups=(),
)
AFTER = (("resourcegroupstaggingapi", "get_resources", "none"),)
GONE = ("cloudformation", "describe_stacks", "deleted")
DELETED = (
    GONE,
    ("cloudformation", "list_stack_resources", "deleted"),
    ("dynamodb", "describe_table", "absent"),
    ("secretsmanager", "describe_secret", "absent"),
    ("dynamodb", "list_backups", "none"),
    ("secretsmanager", "list_secrets", "none"),
)


def found_after(*responses: tuple[str, str, str]) -> dict[str, Leftover]:
    return {one.type: one for one in leftovers.search(account(*responses), BEFORE, "r1ab")}


class TestSearch:
    def test_nothing_remains(self) -> None:
        assert found_after(*DELETED, *AFTER) == {}

    def test_a_resource_that_its_service_still_has_remains(self) -> None:
        found = found_after(*DELETED[:2], ("dynamodb", "describe_table", "present"), *DELETED[3:], *AFTER)
        [table] = found.values()
        assert (table.type, table.state) == ("AWS::DynamoDB::Table", PRESENT)
        assert table.command == "aws dynamodb delete-table --table-name orders"

    def test_a_resource_that_cloudformation_kept_remains(self) -> None:
        found = found_after(GONE, ("cloudformation", "list_stack_resources", "retained"), *DELETED[2:], *AFTER)
        assert found.keys() == {"AWS::IAM::Policy"}

    @pytest.mark.parametrize(("stack", "types"), [("deleted", set()), ("failed", {"AWS::IAM::Policy"})])
    def test_what_cloudformation_lists_no_more_is_deleted_with_its_stack(self, stack: str, types: set[str]) -> None:
        status = ("cloudformation", "describe_stacks", stack)
        found = found_after(status, ("cloudformation", "list_stack_resources", "empty"), *DELETED[2:], *AFTER)
        assert found.keys() == types

    def test_without_the_stack_its_resources_are_unknown(self) -> None:
        found = found_after(GONE, ("cloudformation", "list_stack_resources", "denied"), *DELETED[2:], *AFTER)
        assert found["AWS::IAM::Policy"].state is UNKNOWN
        assert "ListStackResources" in found["AWS::CloudFormation::Stack"].reason

    def test_a_missing_permission_is_unknown(self) -> None:
        denied = tuple((service, operation, "denied") for service, operation, _ in DELETED[2:])
        tags = ("resourcegroupstaggingapi", "get_resources", "denied")
        found = found_after(*DELETED[:2], *denied, tags)
        assert {one.state for one in found.values()} == {UNKNOWN}
        assert {"AWS::DynamoDB::Table", "AWS::DynamoDB::Backup", "tagged resources"} <= found.keys()

    def test_what_aws_keeps_for_a_time_is_expected(self) -> None:
        kept = (("dynamodb", "list_backups", "system"), ("secretsmanager", "list_secrets", "pending"))
        found = found_after(*DELETED[:4], *kept, *AFTER)
        assert {type_: one.state for type_, one in found.items()} == {
            "AWS::DynamoDB::Backup": EXPECTED,
            "AWS::SecretsManager::Secret": EXPECTED,
        }
        assert leftovers.judge(list(found.values())) == (Outcome.PASSED, "")

    @pytest.mark.parametrize(("queue", "types"), [("present", {"AWS::SQS::Queue", "example"}), ("absent", {"example"})])
    def test_what_the_tagging_api_lists_is_confirmed(self, queue: str, types: set[str]) -> None:
        """The table of the inventory was asked about already, and the policy is deleted as its stack says."""
        tagged = ("resourcegroupstaggingapi", "get_resources", "tagged")
        found = found_after(*DELETED, tagged, ("sqs", "get_queue_url", queue))
        assert found.keys() == types
        assert not any(one.in_inventory for one in found.values())
        assert found["example"].state is UNKNOWN

    @pytest.mark.parametrize(("name", "state"), [("present", PRESENT), ("apprunner", EXPECTED), ("denied", UNKNOWN)])
    def test_log_groups_that_appear_later_are_found(self, name: str, state: State) -> None:
        inventory = Inventory(stacks={}, resources=(), log_groups=("/aws/",))
        [found] = leftovers.search(account(("logs", "describe_log_groups", name), *AFTER), inventory, "r1ab")
        assert found.state is state
        assert found.command.startswith("aws logs delete-log-group") or state is UNKNOWN

    def test_network_interfaces_that_appear_later_are_found(self) -> None:
        vpc = Resource(type="AWS::EC2::VPC", id="vpc-0123456789abcdef0", stack=DATA, logical_id="Vpc")
        inventory = Inventory(stacks={}, resources=(vpc,), log_groups=())
        found = leftovers.search(
            account(
                ("ec2", "describe_vpcs", "absent"),
                ("ec2", "describe_network_interfaces", "present"),
                ("ec2", "describe_instances", "none"),
                *AFTER,
            ),
            inventory,
            "r1ab",
        )
        assert [one.type for one in found] == ["AWS::EC2::NetworkInterface"]


class TestVerdict:
    def left(self, state: State, type_: str = "AWS::SQS::Queue") -> Leftover:
        return Leftover(type=type_, id="arn:aws:sqs:us-east-1:123456789012:x", state=state, reason="a reason")

    def test_what_remains_fails_the_drill_without_names_of_the_account(self) -> None:
        outcome, reason = leftovers.judge([self.left(PRESENT), self.left(UNKNOWN)])
        assert (outcome, reason) == (Outcome.FAILED, "1 remain: SQS::Queue")

    def test_what_is_unknown_is_not_absent(self) -> None:
        outcome, reason = leftovers.judge([self.left(UNKNOWN)])
        assert outcome is Outcome.NOT_RUN
        assert "a reason" in reason

    def test_commands_are_listed_once(self) -> None:
        one = Leftover(type="t", id="i", state=PRESENT, command="aws x")
        assert leftovers.commands([one, one, self.left(UNKNOWN)]) == ["aws x"]
