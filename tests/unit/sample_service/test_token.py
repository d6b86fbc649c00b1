"""The API token: caching, comparison and rotation."""

import threading
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from orders.dependencies import api_token, secret_reader
from orders.settings import Settings
from orders.token import (
    MAX_AGE_SECONDS,
    MIN_REFRESH_SECONDS,
    MIN_RETRY_SECONDS,
    OVERLAP_SECONDS,
    ApiToken,
    SecretVersions,
    UnusableSecret,
)


class Secret:
    """A fake of Secrets Manager."""

    def __init__(self) -> None:
        self.versions = SecretVersions("old")
        self.reads = 0
        self.fails = False

    def __call__(self) -> SecretVersions:
        self.reads += 1
        if self.fails:
            raise ConnectionError
        return self.versions


def _accepts(token: ApiToken, candidate: str) -> bool:
    """As the middleware does, with the refresh in this thread."""
    if not token.matches(candidate) and token.may_change():
        token.refresh()
    return token.matches(candidate)


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
    assert all(_accepts(token, "old") for _ in range(100))
    assert secret.reads == 1


def test_a_rotated_token_is_accepted_on_its_first_use(token, secret, clock):
    _accepts(token, "old")
    secret.versions = SecretVersions("new")
    clock.now += MIN_REFRESH_SECONDS

    assert _accepts(token, "new")
    assert not _accepts(token, "old")


def test_the_previous_token_is_accepted_during_the_overlap(token, secret, clock):
    secret.versions = SecretVersions("new", "old", overlap_seconds=600)
    assert _accepts(token, "new")
    assert token.matches("old")

    clock.now += 599
    assert token.matches("old")
    clock.now += 1
    assert not token.matches("old")
    assert token.matches("new")


@pytest.mark.parametrize("previous", ["", " "])
def test_an_empty_previous_token_is_never_accepted(token, secret, previous):
    secret.versions = SecretVersions("new", previous, overlap_seconds=600)

    assert _accepts(token, "new")
    assert not token.matches(previous)


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_an_empty_token_is_unusable_and_the_last_known_one_stays_valid(token, secret, clock, value):
    secret.versions = SecretVersions(value)
    with pytest.raises(UnusableSecret, match="empty"):
        token.refresh()
    assert not token.matches(value)

    clock.now += MIN_RETRY_SECONDS
    secret.versions = SecretVersions("old")
    assert _accepts(token, "old")
    clock.now += MAX_AGE_SECONDS
    secret.versions = SecretVersions(value)
    token.refresh()
    assert token.matches("old")
    assert not token.matches(value)


def test_wrong_tokens_cause_few_calls_of_secrets_manager(token, secret, clock):
    _accepts(token, "old")
    for _ in range(1000):
        clock.now += 0.1
        assert not _accepts(token, "wrong")

    assert secret.reads <= 1 + 100 / MIN_REFRESH_SECONDS


def test_the_last_known_token_stays_valid_while_the_secret_cannot_be_read(token, secret, clock):
    _accepts(token, "old")
    secret.fails = True
    clock.now += 10 * MAX_AGE_SECONDS

    assert _accepts(token, "old")
    assert not _accepts(token, "new")


def test_without_a_known_token_every_request_fails(token, secret):
    secret.fails = True

    with pytest.raises(UnusableSecret, match="ConnectionError"):
        _accepts(token, "old")
    assert not token.matches("")
    assert not token.is_known


def test_a_secret_that_was_never_read_is_retried_once_per_second(token, secret, clock):
    secret.fails = True
    for _ in range(10):
        with pytest.raises(UnusableSecret):
            _accepts(token, "old")
    assert secret.reads == 1

    secret.fails = False
    clock.now += MIN_RETRY_SECONDS
    assert _accepts(token, "old")


class SlowSecret:
    """Its first read returns at once, further ones when the test lets them."""

    def __init__(self) -> None:
        self.reads = 0
        self.reading, self.answered = threading.Event(), threading.Event()

    def __call__(self) -> SecretVersions:
        self.reads += 1
        if self.reads > 1:
            self.reading.set()
            self.answered.wait(10)
        return SecretVersions("new" if self.reads > 1 else "old")


def test_a_stale_cache_is_refreshed_in_the_background_by_one_thread(clock):
    secret = SlowSecret()
    token = ApiToken(secret, clock)
    token.refresh()
    token.refresh_in_background()
    assert secret.reads == 1, "the cache is fresh"

    clock.now += MAX_AGE_SECONDS
    for _ in range(50):
        token.refresh_in_background()
        assert token.matches("old")
    assert secret.reading.wait(5)
    assert secret.reads == 2
    assert token.may_change()
    secret.answered.set()
    token.refresh()  # waits for the other thread

    assert token.matches("new")
    assert secret.reads == 2


def test_the_comparison_takes_the_same_path_for_every_candidate(secret, monkeypatch):
    compared = []
    monkeypatch.setattr("orders.token.hmac.compare_digest", lambda *pair: compared.append(pair) or pair[0] == pair[1])
    for versions in (SecretVersions("new"), SecretVersions("new", "old", overlap_seconds=60)):
        secret.versions = versions
        fresh = ApiToken(secret)
        fresh.refresh()
        for candidate in ("new", "old", "wrong", ""):
            compared.clear()
            fresh.matches(candidate)
            assert len(compared) == 2


@pytest.fixture
def secrets_manager():
    return boto3.client("secretsmanager")


@pytest.fixture
def arn(secrets_manager):
    arn = secrets_manager.create_secret(Name="rotated", SecretString="old")["ARN"]
    yield arn
    secrets_manager.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def test_the_service_reads_its_token_from_secrets_manager_and_follows_its_rotation(secrets_manager, arn, monkeypatch):
    token = api_token(Settings(table_name="orders", api_token_secret_arn=arn))
    assert _accepts(token, "old")

    secrets_manager.put_secret_value(SecretId=arn, SecretString="new")
    assert not _accepts(token, "new"), "it was read only a moment ago"
    monkeypatch.setattr("orders.token.MIN_REFRESH_SECONDS", 0.0)
    assert _accepts(token, "new")
    assert _accepts(token, "old"), "callers have an hour to change"


def test_a_secret_that_was_never_rotated_has_no_previous_token(secrets_manager, arn):
    assert secret_reader(arn, secrets_manager)() == SecretVersions("old", "", pytest.approx(OVERLAP_SECONDS, abs=60))


def test_the_overlap_ends_an_hour_after_the_rotation(secrets_manager, arn, monkeypatch):
    secrets_manager.put_secret_value(SecretId=arn, SecretString="new")
    read = secret_reader(arn, secrets_manager)
    assert read() == SecretVersions("new", "old", pytest.approx(OVERLAP_SECONDS, abs=60))

    _let_time_pass(monkeypatch, minutes=45)
    assert read() == SecretVersions("new", "old", pytest.approx(OVERLAP_SECONDS / 4, abs=60))
    _let_time_pass(monkeypatch, minutes=61)
    assert read() == SecretVersions("new")


def test_a_clock_that_is_slow_does_not_extend_the_overlap(secrets_manager, arn, monkeypatch):
    secrets_manager.put_secret_value(SecretId=arn, SecretString="new")
    _let_time_pass(monkeypatch, minutes=-120)

    assert secret_reader(arn, secrets_manager)().overlap_seconds == OVERLAP_SECONDS


def _let_time_pass(monkeypatch, *, minutes: int) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz=UTC):
            return datetime.now(tz) + timedelta(minutes=minutes)

    monkeypatch.setattr("orders.dependencies.datetime", Later)


def test_without_an_arn_there_is_no_call_and_no_token(secrets_manager):
    token = ApiToken(secret_reader("", secrets_manager))

    with pytest.raises(UnusableSecret, match="API_TOKEN_SECRET_ARN is not set"):
        token.require_known()
    assert not token.matches("")


def test_a_binary_secret_holds_no_token(secrets_manager):
    arn = secrets_manager.create_secret(Name="binary", SecretBinary=b"old")["ARN"]

    with pytest.raises(UnusableSecret, match="empty"):
        ApiToken(secret_reader(arn, secrets_manager)).require_known()
