"""Construction of the service's objects from its settings."""

from orders.aws import client
from orders.http.app import App, build_app
from orders.order_service import OrderService
from orders.settings import Settings
from orders.table import OrdersTable
from orders.threads import Runner
from orders.token import ApiToken


def order_service(settings: Settings) -> OrderService:
    """Return the order service with its table."""
    return OrderService(OrdersTable(settings.table_name, client("dynamodb")))


def api_token(settings: Settings) -> ApiToken:
    """Return the token that callers must present."""

    def read() -> str:
        secret = client("secretsmanager").get_secret_value(SecretId=settings.api_token_secret_arn)
        return str(secret["SecretString"])

    return ApiToken(read)


def http_app(settings: Settings, runner: Runner | None = None) -> App:
    """Return the HTTP API. `runner` runs blocking calls. Default: threads."""
    return build_app(order_service(settings), api_token(settings), runner)
