"""Recordings: what identifies an account is redacted, and the rest still fits the model."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.validate import ParamValidator

from comparison.facts import identifying_text
from sandbox.environment import AccountEnvironment
from sandbox.recordings import NEVER_RECORDED, Recorder, redacted_response
from tests.unit.deployment.aws_responses import KEYS
from tests.unit.sandbox import invented

RECORDED = [path for path in invented.FILES if path.stem.split(".")[0] not in NEVER_RECORDED]
TODAY = date(2026, 11, 29)
ACCOUNT = "123456789012"
ARN = f"arn:aws:ecs:us-east-1:{ACCOUNT}:service/orders/orders"


def client(service: str, content: Any, status: int = 200) -> Any:
    """A client that receives one response from its endpoint, without a network."""
    found = boto3.client(service, region_name="us-east-1", **KEYS)  # type: ignore[call-overload]

    class Raw:
        def stream(self, *_: object, **__: object) -> Any:
            yield json.dumps(content).encode()

        def read(self, *_: object, **__: object) -> bytes:
            return json.dumps(content).encode()

    found.meta.events.register(
        "before-send.*.*",
        lambda request, **_: AWSResponse(request.url, status, {}, Raw()),  # type: ignore[arg-type]
    )
    return found


def recorded(directory: Path, name: str) -> Any:
    return json.loads((directory / f"{name}.json").read_text())


def model_of(service: str, operation: str) -> Any:
    found = boto3.client(service, region_name="us-east-1", **KEYS)  # type: ignore[call-overload]
    return found.meta.service_model.operation_model(found.meta.method_to_api_mapping[operation])


def test_a_call_is_recorded_with_its_date(tmp_path: Path) -> None:
    ecs = client("ecs", {"taskArns": [f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/orders/1"]})
    Recorder(tmp_path, TODAY).attach(ecs.meta.events)
    # The caller gets the response as it is.
    assert ACCOUNT in ecs.list_tasks(cluster="orders")["taskArns"][0]
    found = recorded(tmp_path, "ecs.list_tasks")
    assert found == {"source": "recorded on 2026-11-29", "responses": {"recorded-1": {"taskArns": ["[an ARN]"]}}}


def test_the_same_response_is_recorded_once_and_five_at_most(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, TODAY)
    model = model_of("ecs", "list_tasks")
    for number in [1, 1, 2, 3, 4, 5, 6]:
        recorder._record(parsed={"taskArns": [], "nextToken": f"page {number}"}, model=model)
    assert list(recorded(tmp_path, "ecs.list_tasks")["responses"]) == [f"recorded-{number}" for number in range(1, 6)]


def test_another_session_of_the_day_adds_to_a_file(tmp_path: Path) -> None:
    model = model_of("ecs", "list_tasks")
    for token, day in (("1", TODAY), ("2", TODAY), ("3", TODAY.replace(day=30))):
        Recorder(tmp_path, day)._record(parsed={"taskArns": [], "nextToken": token}, model=model)
        expected = {"1": 1, "2": 2, "3": 1}[token]
        assert len(recorded(tmp_path, "ecs.list_tasks")["responses"]) == expected


def test_a_run_records_the_calls_of_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attached: list[Any] = []
    monkeypatch.setattr(Recorder, "attach", lambda _self, events: attached.append(events))
    values = {"run": "r1ab", "account": ACCOUNT, "region": "us-east-1", "directory": tmp_path, "assembly": tmp_path}
    AccountEnvironment(**values).client("sts")
    assert attached == []
    AccountEnvironment(**values, recordings=tmp_path).client("sts")
    assert len(attached) == 1


def test_an_error_is_recorded_without_its_names(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, TODAY)
    error = {"Code": "AccessDeniedException", "Message": f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized"}
    recorder._record(parsed={"Error": error, "ResponseMetadata": {}}, model=model_of("ecs", "list_tasks"))
    [response] = recorded(tmp_path, "ecs.list_tasks")["responses"].values()
    assert response == {"Error": {"Code": "AccessDeniedException", "Message": "User: [an ARN] is not authorized"}}


@pytest.mark.parametrize("service", sorted(NEVER_RECORDED))
def test_people_and_secrets_are_never_recorded(service: str, tmp_path: Path) -> None:
    operation = {
        "account": "get_account_information",
        "iam": "list_account_aliases",
        "organizations": "describe_organization",
        "secretsmanager": "get_secret_value",
        "ssm": "get_parameter",
        "sts": "get_caller_identity",
    }[service]
    Recorder(tmp_path, TODAY)._record(parsed={}, model=model_of(service, operation))
    assert list(tmp_path.iterdir()) == []


def test_a_sensitive_member_and_a_stream_are_left_out() -> None:
    parsed = {
        "StatusCode": 200,
        "ExecutedVersion": "1",
        "Payload": object(),
        "LogResult": "short",
        "ResponseMetadata": {"RequestId": "x"},
    }
    found = redacted_response(parsed, model_of("lambda", "invoke"))
    assert found == {"StatusCode": 200, "ExecutedVersion": "1", "LogResult": "short"}
    parsed = {"authorizationData": [{"authorizationToken": "short", "proxyEndpoint": "https://x.dkr.ecr"}]}
    assert "short" in str(redacted_response(parsed, model_of("ecr", "get_authorization_token")))
    function = {"Environment": {"Variables": {"TOKEN": "short", ACCOUNT: "x"}}}
    text = str(redacted_response(function, model_of("lambda", "get_function_configuration")))
    assert "short" not in text
    assert ACCOUNT not in text


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_redacted_response_names_nothing_and_fits_the_model(path: Path) -> None:
    service, operation = path.stem.split(".")
    model = model_of(service, operation)
    for response in invented.read(service, operation).values():
        found = redacted_response(response, model)
        assert identifying_text.find(json.dumps(found, ensure_ascii=False)) is None
        if "Error" not in response and "Payload" not in response and model.output_shape:
            report = ParamValidator().validate(found, model.output_shape)
            assert not report.has_errors(), report.generate_report()


def test_a_file_in_which_something_is_left_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.recordings.redacted_response", lambda *_: {"taskArns": [ARN]})
    Recorder(tmp_path, TODAY)._record(parsed={}, model=model_of("ecs", "list_tasks"))
    assert list(tmp_path.iterdir()) == []
