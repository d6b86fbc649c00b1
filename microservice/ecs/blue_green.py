"""Native blue/green deployments of an ECS service."""

from typing import cast

from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb

from ..ingress.base import Ingress
from ..roles import managed_policy_role
from .task_definition import CONTAINER_NAME


def attach_blue_green(
    ingress: Ingress,
    service: ecs.FargateService,
    port: int,
    blue: elb.ApplicationTargetGroup,
    green: elb.ApplicationTargetGroup,
) -> None:
    """Attach a service to two target groups, between which ECS switches all requests with each deployment.

    Blue is the target group of rolling deployments: a service that changes to blue/green keeps serving from it until
    the first switch. ECS writes the weights of the rule. If anything else in the rule changed, CloudFormation would
    reset the weights to those of the template, possibly to an empty group. So nothing in it depends on the spec.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html

    Args:
        ingress: The endpoint whose listener gets the rule that ECS switches.
        service: The service, with the deployment strategy `BLUE_GREEN`.
        port: Container port.
        blue: Target group of the running tasks.
        green: Target group of the next deployment.
    """
    rule = ingress.forward_blue_green("Tasks", blue, green)
    # Another tag would be an update of the rule, too.
    cast("elb.CfnListenerRule", rule.node.default_child).add_property_deletion_override("Tags")
    target = service.load_balancer_target(
        container_name=CONTAINER_NAME,
        container_port=port,
        alternate_target=ecs.AlternateTarget(
            "Green",
            alternate_target_group=green,
            production_listener=ecs.ListenerRuleConfiguration.application_listener_rule(rule),
            role=managed_policy_role(
                ingress,
                "SwitchingRole",
                service="ecs.amazonaws.com",
                policies=["AmazonECSInfrastructureRolePolicyForLoadBalancers"],
            ),
        ),
    )
    target.attach_to_application_target_group(blue)
    # ECS needs the rule and the role until the service is deleted.
    service.node.add_dependency(rule)
