"""How X-Ray sees the service."""

import aws_cdk as cdk
from aws_cdk import aws_xray as xray
from constructs import Construct

from microservice import ServiceSpec


class TracingStack(cdk.Stack):
    """X-Ray's group for the service's traces."""

    def __init__(self, scope: Construct, construct_id: str, *, spec: ServiceSpec) -> None:
        super().__init__(scope, construct_id)
        xray.CfnGroup(self, "Group", group_name=spec.name, filter_expression=f'service("{spec.name}")')
