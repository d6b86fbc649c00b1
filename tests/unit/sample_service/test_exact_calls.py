"""What the service sends and says exactly: a fault here shows only in a race, in an operator's log, or under load."""

import contextlib
from typing import Any

import pytest
from botocore.exceptions import ClientError
from orders import token as token_module
from orders.model import Line, NewOrder
from orders.order_service import InvalidTransition, NotOwner, UnknownOrder
from orders.slots import SLOTS_ID, Slots
from orders.status import Status
from orders.stock import StockChange, shortage_message
from orders.table import ConcurrentUpdate
from orders.token import MAX_AGE_SECONDS, MIN_REFRESH_SECONDS, ApiToken, SecretVersions, UnusableSecret

UNKNOWN = f"ord_{0:032x}"


@pytest.fixture
def placed(service) -> str:
    return service.place(NewOrder("c-42", "EUR", [Line("tea", 2, 450)])).id


@pytest.fixture
def calls(dynamodb):
    """The parameters of each call of DynamoDB."""
    made: list[dict[str, Any]] = []

    def record(params: dict[str, Any], **_: object) -> None:
        made.append(params)

    dynamodb.meta.events.register("before-parameter-build.dynamodb", record)
    yield made
    dynamodb.meta.events.unregister("before-parameter-build.dynamodb", record)


@pytest.fixture
def transitions(service, monkeypatch):
    """The keyword arguments of each transition in the table."""
    made: list[dict[str, Any]] = []
    transition = type(service.table).transition

    def record(self: object, *args: Any, **options: Any) -> None:
        made.append(options)
        transition(self, *args, **options)

    monkeypatch.setattr(type(service.table), "transition", record)
    return made


class TestOrders:
    def test_an_unknown_order_is_named(self, service):
        with pytest.raises(UnknownOrder, match=f"^there is no order '{UNKNOWN}'$"):
            service.get(UNKNOWN)

    def test_a_rejected_transition_names_both_statuses(self, service, placed):
        service.cancel(placed)
        service.table.transition(service.get(placed), Status.FULFILLED)
        with pytest.raises(InvalidTransition, match=f"^{placed} is FULFILLED and cannot become CANCELLED$"):
            service.cancel(placed)

    @pytest.mark.parametrize(("owner", "named"), [("first", "first"), ("", "of an earlier version")])
    def test_another_owner_is_named(self, service, placed, owner, named):
        service.check(placed, execution=owner)
        with pytest.raises(NotOwner, match=f"^{placed} belongs to the execution {named}$") as raised:
            service.start_fulfilling(placed, execution="second")
        assert raised.value.owner == owner
        assert raised.value.order.id == placed

    def test_a_check_by_another_execution_names_the_owner(self, service, placed):
        service.check(placed, execution="first")
        with pytest.raises(NotOwner) as raised:
            service.check(placed, execution="second")
        assert raised.value.owner == "first"

    def test_an_order_of_an_earlier_version_is_claimed(self, service, placed):
        service.check(placed)
        service.check(placed, execution="first")
        assert service.table.get_with_owner(placed)[1] == "first"

    def test_a_claim_requires_the_owner_that_was_read(self, service, placed, transitions):
        service.check(placed, execution="first")
        service.check(placed, execution="second", takes_over="first")
        assert transitions[-1] == {"execution": "second", "owner": "first"}

    def test_a_transition_of_an_execution_requires_the_owner_that_was_read(self, service, placed, transitions):
        service.check(placed, execution="first")
        service.start_fulfilling(placed, execution="first")
        assert transitions[-1] == {"owner": "first"}

    def test_a_client_cancels_whoever_owns_the_order(self, service, placed, transitions):
        service.check(placed, execution="first")
        service.cancel(placed)
        assert transitions[-1] == {"owner": None}

    def test_a_failed_order_is_returned_with_its_status_and_reason(self, service, placed):
        service.check(placed)
        failed = service.fail(placed, "no carrier")
        assert (failed.status, failed.reason) == (Status.FAILED, "no carrier")

    def test_a_cancelled_order_has_no_reason(self, service, placed):
        assert service.cancel(placed).reason == ""

    @pytest.mark.parametrize("races", [1, 4])
    def test_a_lost_race_is_repeated(self, service, placed, monkeypatch, races):
        self._lose(service, monkeypatch, races)
        assert service.cancel(placed).status is Status.CANCELLED

    def test_a_race_that_is_lost_each_time_names_the_order(self, service, placed, monkeypatch):
        self._lose(service, monkeypatch, 5)
        with pytest.raises(ConcurrentUpdate, match=placed):
            service.cancel(placed)
        assert service.cancel(placed).status is Status.CANCELLED, "five attempts, and no more"

    @staticmethod
    def _lose(service, monkeypatch, races: int) -> None:
        transition, left = type(service.table).transition, iter(range(races))

        def lose(self: object, order: Any, *args: Any, **options: Any) -> None:
            if next(left, None) is not None:
                raise ConcurrentUpdate(order.id)
            transition(self, order, *args, **options)

        monkeypatch.setattr(type(service.table), "transition", lose)


class TestSlots:
    def test_holders_are_read_consistently(self, dynamodb, calls):
        Slots("orders", dynamodb).holders()
        assert calls[-1] == {"TableName": "orders", "Key": {"id": {"S": SLOTS_ID}}, "ConsistentRead": True}

    def test_a_slot_is_released_by_the_name_of_its_execution(self, dynamodb, calls):
        Slots("orders", dynamodb).release("first")
        assert calls[-1] == {
            "TableName": "orders",
            "Key": {"id": {"S": SLOTS_ID}},
            "UpdateExpression": "DELETE holders :execution",
            "ExpressionAttributeValues": {":execution": {"SS": ["first"]}},
        }

    def test_a_released_slot_leaves_the_others(self, dynamodb):
        dynamodb.put_item(TableName="orders", Item={"id": {"S": SLOTS_ID}, "holders": {"SS": ["a", "b", "c"]}})
        slots = Slots("orders", dynamodb)
        slots.release("b")
        assert slots.holders() == ["a", "c"]


class TestStock:
    def test_a_reservation_is_conditional(self):
        assert StockChange("tea", -3).as_write("orders") == {
            "Update": {
                "TableName": "orders",
                "Key": {"id": {"S": "stock#tea"}},
                "UpdateExpression": "SET available = if_not_exists(available, :default) + :by",
                "ConditionExpression": "attribute_not_exists(available) OR available >= :needed",
                "ExpressionAttributeValues": {
                    ":by": {"N": "-3"},
                    ":default": {"N": "1000"},
                    ":needed": {"N": "3"},
                },
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    @pytest.mark.parametrize(("needed", "without_record"), [(1000, True), (1001, False)])
    def test_an_item_without_a_record_has_the_default_stock(self, needed, without_record):
        condition = StockChange("tea", -needed).as_write("orders")["Update"]["ConditionExpression"]
        assert condition.startswith("attribute_not_exists(available) OR ") is without_record

    def test_a_release_is_unconditional(self):
        update = StockChange("tea", 3).as_write("orders")["Update"]
        assert "ConditionExpression" not in update
        assert update["ExpressionAttributeValues"] == {":by": {"N": "3"}, ":default": {"N": "1000"}}

    def test_a_change_of_nothing_is_unconditional(self):
        assert "ConditionExpression" not in StockChange("tea", 0).as_write("orders")["Update"]

    def test_a_shortage_names_each_item_with_its_stock(self):
        changes = [StockChange("tea", -5), StockChange("cup", -1), StockChange("pot", -2000)]
        reasons = [{"Item": {"available": {"N": "3"}}}, None, {"Code": "ConditionalCheckFailed"}]
        assert shortage_message(changes, reasons) == (
            "out of stock: tea, 3 available, 5 ordered; pot, 1000 available, 2000 ordered"
        )

    def test_each_change_has_its_own_reason(self):
        with pytest.raises(ValueError, match="zip"):
            shortage_message([StockChange("tea", -5)], [])


class TestToken:
    @pytest.fixture
    def clock(self):
        def clock() -> float:
            return clock.now

        clock.now = 1000.0
        return clock

    @pytest.fixture
    def threads(self, monkeypatch):
        """The arguments of each thread that was started."""
        started: list[dict[str, Any]] = []

        class Recorded:
            def __init__(self, **options: Any) -> None:
                self._options = options

            def start(self) -> None:
                started.append(self._options)

        monkeypatch.setattr(token_module, "Thread", Recorded)
        return started

    def test_an_overlap_of_one_second_is_one(self, clock):
        token = ApiToken(lambda: SecretVersions("new", "old", overlap_seconds=1), clock)
        token.refresh()
        clock.now += 0.9
        assert token.matches("old")
        clock.now += 0.1
        assert not token.matches("old")

    def test_a_failed_read_is_logged_with_its_kind(self, clock, caplog):
        def fail() -> SecretVersions:
            raise TimeoutError("arn")

        with pytest.raises(UnusableSecret):
            ApiToken(fail, clock).refresh()
        assert caplog.messages == ["cannot read the API token: TimeoutError"]

    def test_an_empty_secret_is_named_as_such(self, clock):
        with pytest.raises(UnusableSecret, match=r"^the secret with the API token is empty$"):
            ApiToken(lambda: SecretVersions(" "), clock).refresh()

    def test_a_token_of_any_characters_is_compared(self, clock):
        token = ApiToken(lambda: SecretVersions("sesame"), clock)
        token.refresh()
        assert not token.matches("\ud800")

    def test_an_old_token_is_read_again_by_a_daemon_thread(self, clock, threads):
        token = ApiToken(lambda: SecretVersions("sesame"), clock)
        token.refresh()
        clock.now += MAX_AGE_SECONDS - 0.1
        token.refresh_in_background()
        assert threads == []
        clock.now += 0.1
        token.refresh_in_background()
        [thread] = threads
        assert (thread["name"], thread["daemon"]) == ("token", True)
        thread["target"]()
        token.refresh_in_background()
        assert len(threads) == 1, "it was read just now"

    def test_one_thread_reads_at_a_time(self, clock, threads):
        token = ApiToken(lambda: SecretVersions("sesame"), clock)
        token.refresh()
        clock.now += MAX_AGE_SECONDS
        with token._lock:
            token.refresh_in_background()
        assert threads == []

    def test_a_failed_refresh_is_not_repeated_at_once(self, clock, threads):
        answers = iter([SecretVersions("sesame")])
        token = ApiToken(lambda: next(answers), clock)
        token.refresh()
        clock.now += MAX_AGE_SECONDS
        with contextlib.suppress(UnusableSecret):
            token.refresh()
        clock.now += MIN_REFRESH_SECONDS - 0.1
        token.refresh_in_background()
        assert threads == []
        clock.now += 0.1
        token.refresh_in_background()
        assert len(threads) == 1

    @pytest.mark.parametrize(
        ("error", "described"),
        [
            (
                ClientError({"Error": {"Code": "AccessDeniedException", "Message": "arn"}}, "GetSecretValue"),
                "ClientError AccessDeniedException",
            ),
            (ClientError({"Error": {}}, "GetSecretValue"), "ClientError"),
            (ClientError({}, "GetSecretValue"), "ClientError"),
            (TimeoutError("arn"), "TimeoutError"),
            (UnusableSecret("the secret is empty"), "the secret is empty"),
        ],
        ids=lambda value: value if isinstance(value, str) else type(value).__name__,
    )
    def test_an_error_is_described_without_names_of_resources(self, clock, error, described):
        def fail() -> SecretVersions:
            raise error

        with pytest.raises(UnusableSecret) as raised:
            ApiToken(fail, clock).refresh()
        assert str(raised.value) == described
