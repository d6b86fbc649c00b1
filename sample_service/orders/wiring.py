"""The parts of the service, put together from its settings."""

from orders.aws import client
from orders.book import OrderBook
from orders.http.app import App, build_app
from orders.settings import Settings
from orders.table import OrdersTable
from orders.threads import Runner
from orders.token import ApiToken


def order_book(settings: Settings) -> OrderBook:
    """The book of orders over its table."""
    return OrderBook(OrdersTable(settings.table_name, client("dynamodb")))


def api_token(settings: Settings) -> ApiToken:
    """The token that clients must bring."""

    def read() -> str:
        secret = client("secretsmanager").get_secret_value(SecretId=settings.api_token_secret_arn)
        return str(secret["SecretString"])

    return ApiToken(read)


def http_app(settings: Settings, runner: Runner | None = None) -> App:
    """The HTTP API; blocking calls go to threads unless told otherwise."""
    return build_app(order_book(settings), api_token(settings), runner)
