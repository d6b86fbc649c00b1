"""Blue/green deployments in ECS's own way: new tasks beside the old ones, and one switch for all requests."""

from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..nag import acknowledge_managed_policy
from ..ingress.base import Ingress
from .task_definition import CONTAINER_NAME

_POLICY = "AmazonECSInfrastructureRolePolicyForLoadBalancers"


def configure_blue_green(
    ingress: Ingress,
    service: ecs.FargateService,
    port: int,
    blue: elb.ApplicationTargetGroup,
    green: elb.ApplicationTargetGroup,
) -> None:
    """Send the front door's requests to `blue`; ECS moves them to the other group with each deployment.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html
    """
    ingress.listener.add_action(
        "Unrouted", action=elb.ListenerAction.fixed_response(503, content_type="text/plain", message_body="no tasks")
    )
    # ECS turns the weights round; CloudFormation leaves a rule alone that did not change in the template.
    weights = [elb.WeightedTargetGroup(target_group=blue, weight=100)]
    weights.append(elb.WeightedTargetGroup(target_group=green, weight=0))
    rule = elb.ApplicationListenerRule(
        ingress,
        "Switch",
        listener=ingress.listener,
        priority=1,
        conditions=[elb.ListenerCondition.path_patterns(["*"])],
        action=elb.ListenerAction.weighted_forward(weights),
    )
    target = service.load_balancer_target(
        container_name=CONTAINER_NAME,
        container_port=port,
        alternate_target=ecs.AlternateTarget(
            "Green",
            alternate_target_group=green,
            production_listener=ecs.ListenerRuleConfiguration.application_listener_rule(rule),
            role=_infrastructure_role(ingress),
        ),
    )
    target.attach_to_application_target_group(blue)
    # The last thing that ECS does with the rule and the role is to end the service.
    service.node.add_dependency(rule)


def _infrastructure_role(scope: Construct) -> iam.Role:
    role = iam.Role(
        scope,
        "SwitchingRole",
        assumed_by=iam.ServicePrincipal("ecs.amazonaws.com"),
        managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_POLICY)],
    )
    acknowledge_managed_policy(role, _POLICY)
    return role
