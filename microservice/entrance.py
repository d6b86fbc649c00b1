"""The ways in from outside: a target with a load balancer takes any of them."""

from .http_api_front_door import FrontDoorLink
from .own_domain import OwnDomain

# Without a domain an HTTP API brings the https address; with one, your own certificate does.
Entrance = FrontDoorLink | OwnDomain
