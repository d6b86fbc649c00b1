"""Resource types that run here, but by something of ours or on something else: what results say about them."""

STAND_INS = {
    "AWS::AppRunner::Service": "our stand-in for App Runner",
    "AWS::ECS::CapacityProvider": "containers in place of its instances",
    "AWS::ECS::ExpressGatewayService": "our stand-in for Express Mode",
}
