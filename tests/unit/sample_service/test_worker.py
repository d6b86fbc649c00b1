"""The queue consumer and the report: partial failures, repetition, and SIGTERM."""

import json
import os
import signal
import threading
from importlib import import_module
from typing import Any

import boto3
import msgspec
import pytest
from orders.items import to_item
from orders.model import Line, NewOrder
from orders.notices import Notices
from orders.order_service import UnknownOrder
from orders.report import count_orders, run_report
from orders.settings import SettingsError
from orders.worker import Worker, run_worker

SETTINGS = {"TABLE_NAME": "orders"}


@pytest.fixture(autouse=True)
def signals():
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def order_id(service) -> str:
    return str(service.place(NewOrder("c-42", "EUR", [Line("tea", 2, 450)])).id)


@pytest.fixture
def queue_url() -> str:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="notices", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


def notice(order_id: str, status: str = "FULFILLED") -> str:
    return json.dumps({"order_id": order_id, "status": status})


def told(dynamodb, order_id: str) -> list[str]:
    items = dynamodb.scan(TableName="orders")["Items"]
    return sorted(item["id"]["S"] for item in items if item["id"]["S"].startswith(f"notice#{order_id}"))


def test_a_repeated_notice_is_stored_once(service, dynamodb, order_id):
    notices = Notices("orders", dynamodb, service)
    notices.handle(notice(order_id))
    first = dynamodb.get_item(TableName="orders", Key={"id": {"S": f"notice#{order_id}#FULFILLED"}})["Item"]
    notices.handle(notice(order_id))
    assert dynamodb.get_item(TableName="orders", Key={"id": first["id"]})["Item"] == first
    assert told(dynamodb, order_id) == [f"notice#{order_id}#FULFILLED"]


@pytest.mark.parametrize("body", ["no JSON", "{}", '{"order_id": "x", "status": "LOST"}'])
def test_what_is_no_notice_is_an_error(service, dynamodb, body):
    with pytest.raises(msgspec.MsgspecError):
        Notices("orders", dynamodb, service).handle(body)


def test_a_notice_about_an_unknown_order_is_an_error(service, dynamodb):
    with pytest.raises(UnknownOrder):
        Notices("orders", dynamodb, service).handle(notice("ord_" + "0" * 32))


class Queue:
    """Delivers batches, and records what the worker does with them."""

    def __init__(self, *batches: list[str]) -> None:
        self.batches = list(batches)
        self.deleted: list[str] = []
        self.released: list[str] = []
        self.on_empty = lambda: None

    def receive_message(self, **_: object) -> dict[str, Any]:
        if not self.batches:
            self.on_empty()
            return {}
        bodies = self.batches.pop(0)
        return {"Messages": [{"MessageId": body, "ReceiptHandle": body, "Body": body} for body in bodies]}

    def delete_message_batch(self, **request: Any) -> dict[str, Any]:
        self.deleted += [entry["Id"] for entry in request["Entries"]]
        return {}

    def change_message_visibility_batch(self, **request: Any) -> dict[str, Any]:
        assert {entry["VisibilityTimeout"] for entry in request["Entries"]} == {0}
        self.released += [entry["Id"] for entry in request["Entries"]]
        return {}


def test_a_message_that_fails_stays_and_the_others_are_deleted():
    def handle(body: str) -> None:
        if body == "poison":
            raise ValueError(body)

    queue = Queue(["a", "poison", "b"])
    worker = Worker("url", queue, handle)
    queue.on_empty = worker.stop
    worker.run()
    assert (queue.deleted, queue.released) == (["a", "b"], [])


def test_sigterm_ends_after_the_current_message_and_releases_the_others():
    queue = Queue(["a", "b", "c"])
    worker = Worker("url", queue, lambda body: worker.stop(signal.SIGTERM) if body == "b" else None)
    worker.run()
    assert (queue.deleted, queue.released) == (["a", "b"], ["c"])


def test_an_error_that_passes_does_not_end_the_worker(monkeypatch):
    from orders import worker as module

    queue = Queue()
    worker = Worker("url", queue, lambda _: None)
    errors = [ConnectionError, ConnectionError]

    def receive(**_: object) -> dict[str, Any]:
        from botocore.exceptions import EndpointConnectionError

        if errors:
            errors.pop()
            raise EndpointConnectionError(endpoint_url="nowhere")
        worker.stop()
        return {}

    queue.receive_message = receive
    monkeypatch.setattr(module.random, "uniform", lambda *_: 0)
    worker.run()
    assert not errors


def test_the_process_consumes_until_sigterm(dynamodb, order_id, queue_url, monkeypatch):
    from orders import worker as module

    monkeypatch.setattr(module, "WAIT_SECONDS", 0)
    boto3.client("sqs").send_message(QueueUrl=queue_url, MessageBody=notice(order_id))

    def end_when_told() -> None:
        while not told(dynamodb, order_id):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end_when_told, daemon=True).start()
    assert run_worker(SETTINGS | {"QUEUE_URL": queue_url}) == 0


def test_a_queue_that_does_not_exist_ends_the_process():
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/none"
    assert run_worker(SETTINGS | {"QUEUE_URL": url}) == 1


def test_a_missing_queue_is_a_setting():
    with pytest.raises(SettingsError, match="QUEUE_URL"):
        run_worker(SETTINGS)


def test_lambda_returns_the_messages_that_failed(dynamodb, order_id, monkeypatch):
    monkeypatch.setenv("TABLE_NAME", "orders")
    handler = import_module("orders.lambda_worker").handler
    records = [{"messageId": "1", "body": notice(order_id)}, {"messageId": "2", "body": "poison"}]
    assert handler({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert told(dynamodb, order_id)


def test_the_report_counts_orders_by_status_and_nothing_else(service, dynamodb, order_id):
    before = count_orders("orders", dynamodb)
    service.cancel(order_id)
    Notices("orders", dynamodb, service).handle(notice(order_id, "CANCELLED"))
    after = count_orders("orders", dynamodb)
    assert after["CANCELLED"] == before["CANCELLED"] + 1
    assert after.total() == before.total()


def test_the_report_writes_a_metric_for_each_status(order_id, capsys):
    assert order_id
    assert run_report(SETTINGS) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    metrics = {line["Status"]: line["OrdersByStatus"] for line in lines if "_aws" in line}
    assert metrics["PLACED"] >= 1


def test_a_report_without_a_table_fails():
    assert run_report({"TABLE_NAME": "none"}) == 1


def test_items_of_later_versions_count_with_their_status(service, dynamodb, order_id):
    item = to_item(service.get(order_id)) | {"id": {"S": "ord_" + "f" * 32}, "status": {"S": "PAUSED"}}
    dynamodb.put_item(TableName="orders", Item=item)
    assert count_orders("orders", dynamodb)["PAUSED"] == 1
