"""The ways in from outside: a target with a load balancer takes any of them."""

from .http_api import HttpApiVpcLink
from .custom_domain import CustomDomain

# Without a domain an HTTP API brings the https address; with one, your own certificate does.
IngressConfig = HttpApiVpcLink | CustomDomain
