"""What the front door lets through."""

from pricing.deployment import Deployment


def throttle(deployment: Deployment) -> float | None:
    """Return the requests a second that the target's own HTTP API lets through; None if it has no limit of its own."""
    limits = [
        float(stage.properties.get("DefaultRouteSettings", {}).get("ThrottlingRateLimit", 0))
        for stage in deployment.own("AWS::ApiGatewayV2::Stage")
    ]
    return min((limit for limit in limits if limit), default=None)
