"""Every native construct that a target creates is an attribute of its construct, or of its ingress."""

from collections.abc import Iterator, Mapping
from typing import Any

from microservice import Ingress
from tests.conftest import Synthesised

# Resource type -> how a team reaches it without an attribute of its own.
BY_TYPE: Mapping[str, str] = {
    "AWS::ApiGatewayV2::Integration": "`ingress.api.node`: the integration of its default route",
    "AWS::ApiGatewayV2::Route": "`ingress.api.node`: its default route",
    "AWS::ApiGatewayV2::Stage": "`ingress.node`: the L1 stage",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "methods of `scaling` create it",
    "AWS::AutoScaling::ScalingPolicy": "methods of `group` create it",
    "AWS::EC2::SecurityGroup": "`connections` of the construct that it protects",
    "AWS::EC2::SecurityGroupEgress": "`connections` of the construct that it protects",
    "AWS::EC2::SecurityGroupIngress": "`connections` of the construct that it protects",
    "AWS::EKS::PodIdentityAssociation": "it connects `role` with the service account, and has no other property",
    "AWS::IAM::InstanceProfile": "it contains the role of the instances, and has no other property",
    "AWS::IAM::Policy": "`add_to_principal_policy` of its role",
    "AWS::IAM::Role": "`role` is that of the service; `task_definition` and `capacity_provider` have the other ones",
    "AWS::Lambda::Permission": "the function URL creates it",
    "AWS::Logs::LogGroup": "retention and names of all log groups are those of `log_group`",
}
# Target -> path in its construct -> how a team reaches the resource.
BY_PATH: Mapping[str, Mapping[str, str]] = {
    "eks-auto": {"FrontDoor/Pods": "`ingress.listener`: the one target group"},
    "eks-fargate": {"FrontDoor/Pods": "`ingress.listener`: the one target group"},
    "lambda": {"Function/CurrentVersion": "`alias.version`"},
}


def native_attributes(construct: Any) -> Iterator[Any]:
    """Yield the native constructs that are public attributes of a construct, and of its ingress."""
    for name, value in vars(construct).items():
        if name.startswith("_") or not hasattr(value, "node"):
            continue
        if isinstance(value, Ingress):
            yield from native_attributes(value)
        else:
            yield value


def owner(resource: Any) -> Any:
    """Return the construct that stands for a resource: the outermost one whose default child it is."""
    found = resource
    while (child := found.node.scope.node.default_child) is not None and child.node.path == found.node.path:
        found = found.node.scope
    return found


def unreachable(target: Any) -> dict[str, str]:
    """Path in the construct -> resource type of each resource that no attribute stands for."""
    import aws_cdk as cdk

    reached = {each.node.path for each in native_attributes(target)}
    found = {}
    for resource in target.node.find_all():
        if not isinstance(resource, cdk.CfnResource):
            continue
        own, parent = owner(resource), owner(resource).node.scope
        # A construct such as `ScalableTaskCount` has no resource of its own: the one of its child is its resource.
        standing = {own.node.path} if parent.node.default_child else {own.node.path, parent.node.path}
        if not standing & reached and resource.cfn_resource_type not in BY_TYPE:
            found[own.node.path.removeprefix(f"{target.node.path}/")] = resource.cfn_resource_type
    return found


def test_every_native_construct_of_a_target_is_an_attribute(synthesised: Synthesised) -> None:
    found = {target.TARGET_ID: unreachable(target) for target in synthesised.targets}
    assert {target: sorted(paths) for target, paths in found.items() if paths} == {
        target: sorted(paths) for target, paths in BY_PATH.items()
    }


def test_blue_green_deployments_have_both_target_groups_as_attributes() -> None:
    import aws_cdk as cdk
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_ecs as ecs

    from microservice import FargateMicroservice, HttpApiVpcLink, PromotedImage, ServiceSpec

    stack = cdk.Stack(cdk.App(), "Stack")
    vpc = ec2.Vpc(stack, "Vpc")
    service = FargateMicroservice(
        stack,
        "Service",
        spec=ServiceSpec(name="payments"),
        image=PromotedImage(repository_name="payments", digest=f"sha256:{'1' * 64}"),
        cluster=ecs.Cluster(stack, "Cluster", vpc=vpc),
        ingress=HttpApiVpcLink(stack, "Link", vpc=vpc),
        blue_green_bake_time=cdk.Duration.minutes(5),
    )
    assert service.green_target_group
    assert not [path for path, type_ in unreachable(service).items() if type_.endswith("TargetGroup")]
