"""Stacks with one target each, for another service than the app's."""

from collections.abc import Callable
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_eks_v2 as eks
from aws_cdk.lambda_layer_kubectl_v36 import KubectlV36Layer

import microservice
from microservice import HttpApiVpcLink, PromotedImage, ServiceSpec

IMAGE = PromotedImage(repository_name="team/bills", digest="sha256:" + "0" * 64)
HEALTH_COMMAND = ["/healthcheck"]
Ingress = Callable[[cdk.Stack], Any]


def stack_with(
    target: str,
    *,
    app: cdk.App | None = None,
    image: Any = IMAGE,
    vpc: Callable[[cdk.Stack], ec2.Vpc] = lambda stack: ec2.Vpc(stack, "Vpc", max_azs=2),
    ingress: Callable[[cdk.Stack], Any] | None = None,
    **fields: Any,
) -> cdk.Stack:
    """Create a stack with the service `bills` on a target.

    Args:
        target: Class name of the construct.
        app: The app. Default: a new one.
        image: The container image.
        vpc: Creates the VPC. Default: with public and private subnets.
        ingress: Creates the public endpoint. Default: an HTTP API.
        **fields: Fields of the spec; others are options of the construct.
    """
    stack = cdk.Stack(app or cdk.App(), "Stack")
    network = vpc(stack)
    names = set(ServiceSpec.__dataclass_fields__)
    values = {"health_command": HEALTH_COMMAND, **fields}
    spec = ServiceSpec(name="bills", **{name: value for name, value in values.items() if name in names})
    options = {name: value for name, value in fields.items() if name not in names}
    construct = getattr(microservice, target)
    construct(
        stack, "Service", spec=spec, image=image, **_DEPENDENCIES[target](stack, network, ingress or _link), **options
    )
    return stack


def _link(stack: cdk.Stack) -> HttpApiVpcLink:
    return HttpApiVpcLink(stack, "Link", vpc=cast("ec2.Vpc", stack.node.find_child("Vpc")))


def _ecs(stack: cdk.Stack, vpc: ec2.Vpc) -> dict[str, Any]:
    return {"cluster": ecs.Cluster(stack, "Cluster", vpc=vpc)}


def _eks(stack: cdk.Stack, vpc: ec2.Vpc, ingress: Ingress) -> dict[str, Any]:
    kubectl = eks.KubectlProviderOptions(kubectl_layer=KubectlV36Layer(stack, "Kubectl"))
    cluster = eks.Cluster(
        stack,
        "Cluster",
        vpc=vpc,
        vpc_subnets=None if vpc.private_subnets else [ec2.SubnetSelection(subnets=vpc.public_subnets)],
        version=eks.KubernetesVersion.V1_36,
        kubectl_provider_options=kubectl,
    )
    return {"cluster": cluster, "ingress": ingress(stack)}


def _instances(stack: cdk.Stack, vpc: ec2.Vpc, ingress: Ingress) -> dict[str, Any]:
    return {"vpc": vpc, "ingress": ingress(stack)}


def _ecs_with_ingress(stack: cdk.Stack, vpc: ec2.Vpc, ingress: Ingress) -> dict[str, Any]:
    return {**_ecs(stack, vpc), "ingress": ingress(stack)}


_DEPENDENCIES: dict[str, Callable[[cdk.Stack, ec2.Vpc, Ingress], dict[str, Any]]] = {
    "AppRunnerMicroservice": lambda *_: {},
    "BeanstalkMicroservice": _instances,
    "Ec2PodmanMicroservice": _instances,
    "EksAutoMicroservice": _eks,
    "EksFargateMicroservice": _eks,
    "ExpressMicroservice": lambda stack, vpc, _: _ecs(stack, vpc),
    "FargateMicroservice": _ecs_with_ingress,
    "LambdaMicroservice": lambda *_: {"command": ["lambda", "handler"]},
    "ManagedInstancesMicroservice": _ecs_with_ingress,
}
TARGETS = sorted(_DEPENDENCIES)
