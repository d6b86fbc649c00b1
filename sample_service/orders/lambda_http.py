"""Lambda handler of HTTP events: a function URL's or an HTTP API's, payload format 2.0."""

from mangum import Mangum

from orders.settings import Settings
from orders.wiring import http_app

handler = Mangum(http_app(Settings.from_environment()), lifespan="off")
