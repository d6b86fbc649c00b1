"""Construction of the service's objects from its settings; the steps of the workflow import no HTTP framework."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orders.aws import client
from orders.order_service import OrderService
from orders.settings import Settings
from orders.table import OrdersTable
from orders.token import OVERLAP_SECONDS, ApiToken, SecretVersions, UnusableSecret

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from orders.http.app import App
    from orders.threads import Runner


def order_service(settings: Settings) -> OrderService:
    """Return the order service with its table."""
    return OrderService(OrdersTable(settings.table_name, client("dynamodb")))


def api_token(settings: Settings) -> ApiToken:
    """Return the token that callers must present."""
    return ApiToken(secret_reader(settings.api_token_secret_arn, client("secretsmanager")))


def secret_reader(arn: str, client: "SecretsManagerClient") -> Callable[[], SecretVersions]:
    """Return a function that reads the token, and within an hour after its rotation the previous one."""

    def read() -> SecretVersions:
        if not arn:
            raise UnusableSecret("API_TOKEN_SECRET_ARN is not set: it names the secret with the API token")
        secret = client.get_secret_value(SecretId=arn)
        current = secret.get("SecretString", "")
        created = secret.get("CreatedDate")  # of this version: the time of the rotation
        remaining = OVERLAP_SECONDS - (datetime.now(UTC) - created).total_seconds() if created else 0.0
        if remaining <= 0:
            return SecretVersions(current)
        return SecretVersions(current, _previous(arn, client), min(remaining, OVERLAP_SECONDS))

    return read


def _previous(arn: str, client: "SecretsManagerClient") -> str:
    try:
        return client.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS").get("SecretString", "")
    except client.exceptions.ResourceNotFoundException:  # it was never rotated
        return ""


def http_app(settings: Settings, runner: "Runner | None" = None) -> "App":
    """Return the HTTP API. `runner` runs blocking calls. Default: threads."""
    from orders.http.app import build_app

    return build_app(order_service(settings), api_token(settings), runner)
