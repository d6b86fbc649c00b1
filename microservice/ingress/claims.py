"""Names and priorities that services of one app must not share: AWS would reject the second one at deployment."""

from collections.abc import Hashable
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import aws_route53 as route53
from constructs import IConstruct

# App -> what is taken -> path of the construct that has it.
_CLAIMS: "WeakKeyDictionary[IConstruct, dict[Hashable, str]]" = WeakKeyDictionary()


def claim(scope: IConstruct, *what: Hashable) -> str | None:
    """Take something for a construct, unless another construct of the app has it.

    Args:
        scope: The construct.
        *what: What is taken, such as a listener and a priority.

    Returns:
        The path of the construct that has it already; None if it was free.
    """
    taken = _CLAIMS.setdefault(scope.node.root, {})
    owner = taken.setdefault(what, scope.node.path)
    return None if owner == scope.node.path else owner


def require_free_domain(scope: IConstruct, zone: route53.IHostedZone, name: str) -> None:
    """Take a domain name for an endpoint.

    Args:
        scope: The endpoint.
        zone: The hosted zone.
        name: The domain name.

    Raises:
        ValueError: Another endpoint of the app has the name.
    """
    if other := claim(scope, "domain", cdk.Stack.of(scope).account, zone.hosted_zone_id, name.lower()):
        raise ValueError(
            f"{scope.node.path}: domain name={name!r} is not valid (allowed: a name that no other endpoint of the app "
            f"has; {other} has this one). Set another name, or let services share a SharedLoadBalancer, with a route "
            "for each."
        )
