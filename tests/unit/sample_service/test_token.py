"""The API token: caching, comparison and rotation."""

import threading

import boto3
import pytest
from orders.dependencies import api_token
from orders.settings import Settings
from orders.token import MAX_AGE_SECONDS, MIN_REFRESH_SECONDS, MIN_RETRY_SECONDS, ApiToken


class Secret:
    """A fake of Secrets Manager."""

    def __init__(self) -> None:
        self.value = "old"
        self.reads = 0
        self.fails = False

    def __call__(self) -> str:
        self.reads += 1
        if self.fails:
            raise ConnectionError
        return self.value


@pytest.fixture
def secret() -> Secret:
    return Secret()


@pytest.fixture
def clock():
    def clock() -> float:
        return clock.now

    clock.now = 1000.0
    return clock


@pytest.fixture
def token(secret, clock) -> ApiToken:
    return ApiToken(secret, clock)


def test_the_secret_is_read_once_and_cached(token, secret):
    assert all(token.accepts("old") for _ in range(100))
    assert secret.reads == 1


def test_a_rotated_token_is_accepted_on_its_first_use(token, secret, clock):
    token.accepts("old")
    secret.value = "new"
    clock.now += MIN_REFRESH_SECONDS

    assert token.accepts("new")
    assert not token.accepts("old")


def test_the_old_token_expires_with_the_cache(token, secret, clock):
    token.accepts("old")
    secret.value = "new"
    clock.now += MAX_AGE_SECONDS - 1
    assert token.accepts("old")
    clock.now += 1
    assert not token.accepts("old")


def test_wrong_tokens_cause_few_calls_of_secrets_manager(token, secret, clock):
    token.accepts("old")
    for _ in range(1000):
        clock.now += 0.1
        assert not token.accepts("wrong")

    assert secret.reads <= 1 + 100 / MIN_REFRESH_SECONDS


def test_the_last_known_token_stays_valid_while_the_secret_cannot_be_read(token, secret, clock):
    token.accepts("old")
    secret.fails = True
    clock.now += 10 * MAX_AGE_SECONDS

    assert token.accepts("old")
    assert not token.accepts("new")


def test_an_unreadable_secret_is_retried_but_not_for_every_request(token, secret, clock):
    token.accepts("old")
    secret.fails = True
    clock.now += MAX_AGE_SECONDS
    for _ in range(100):
        token.accepts("old")

    assert secret.reads == 2


def test_without_a_known_token_every_request_fails(token, secret):
    secret.fails = True

    with pytest.raises(ConnectionError):
        token.accepts("old")
    assert not token.equals("")


def test_a_secret_that_was_never_read_is_retried_once_per_second(token, secret, clock):
    secret.fails = True
    for _ in range(10):
        with pytest.raises(ConnectionError):
            token.accepts("old")
    assert secret.reads == 1

    secret.fails = False
    clock.now += MIN_RETRY_SECONDS
    assert token.accepts("old")


def test_a_repeated_failure_does_not_accumulate_tracebacks(token, secret):
    secret.fails = True
    depths = set()
    for _ in range(10):
        with pytest.raises(ConnectionError) as failure:
            token.accepts("old")
        depths.add(len(failure.traceback))

    assert len(depths) == 1


def test_a_cached_token_does_not_wait_for_a_slow_secrets_manager(clock):
    reading, answered = threading.Event(), threading.Event()

    def slow() -> str:
        if clock.now > 1000:
            reading.set()
            answered.wait(5)
        return "old"

    token = ApiToken(slow, clock)
    token.accepts("old")
    clock.now += MAX_AGE_SECONDS
    reader = threading.Thread(target=token.accepts, args=["old"])
    reader.start()
    reading.wait(5)

    assert token.accepts("old")
    assert reader.is_alive(), "the response came while Secrets Manager was still being asked"
    answered.set()
    reader.join()


def test_the_service_reads_its_token_from_secrets_manager_and_follows_its_rotation(monkeypatch):
    secrets_manager = boto3.client("secretsmanager")
    arn = secrets_manager.create_secret(Name="rotated", SecretString="old")["ARN"]
    token = api_token(Settings(table_name="orders", api_token_secret_arn=arn))
    assert token.accepts("old")

    secrets_manager.put_secret_value(SecretId=arn, SecretString="new")
    assert not token.accepts("new"), "it was read only a moment ago"
    monkeypatch.setattr("orders.token.MIN_REFRESH_SECONDS", 0.0)
    assert token.accepts("new")
    assert not token.accepts("old")
