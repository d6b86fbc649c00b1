"""Stacks with one target each, for another service than the app's."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_eks_v2 as eks
from aws_cdk.lambda_layer_kubectl_v36 import KubectlV36Layer

import microservice
from microservice import HttpApiVpcLink, PromotedImage, ServiceSpec

IMAGE = PromotedImage(repository_name="team/bills", digest="sha256:" + "0" * 64)
HEALTH_COMMAND = ["/healthcheck"]


def stack_with(target: str, *, app: cdk.App | None = None, image: Any = IMAGE, **fields: Any) -> cdk.Stack:
    """Create a stack with the service `bills` on a target.

    Args:
        target: Class name of the construct.
        app: The app. Default: a new one.
        image: The container image.
        **fields: Fields of the spec; others are options of the construct.
    """
    stack = cdk.Stack(app or cdk.App(), "Stack")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    names = set(ServiceSpec.__dataclass_fields__)
    spec = ServiceSpec(name="bills", **{name: value for name, value in fields.items() if name in names})
    options = {name: value for name, value in fields.items() if name not in names}
    construct = getattr(microservice, target)
    construct(stack, "Service", spec=spec, image=image, **_DEPENDENCIES[target](stack, vpc), **options)
    return stack


def _ecs(stack: cdk.Stack, vpc: ec2.Vpc) -> dict[str, Any]:
    return {"cluster": ecs.Cluster(stack, "Cluster", vpc=vpc), "health_command": HEALTH_COMMAND}


def _link(stack: cdk.Stack, vpc: ec2.Vpc) -> dict[str, Any]:
    return {"ingress": HttpApiVpcLink(stack, "Link", vpc=vpc)}


def _eks(stack: cdk.Stack, vpc: ec2.Vpc) -> dict[str, Any]:
    kubectl = eks.KubectlProviderOptions(kubectl_layer=KubectlV36Layer(stack, "Kubectl"))
    version = eks.KubernetesVersion.V1_36
    cluster = eks.Cluster(stack, "Cluster", vpc=vpc, version=version, kubectl_provider_options=kubectl)
    return {"cluster": cluster, **_link(stack, vpc)}


def _instances(stack: cdk.Stack, vpc: ec2.Vpc) -> dict[str, Any]:
    return {"vpc": vpc, "health_command": HEALTH_COMMAND, **_link(stack, vpc)}


_DEPENDENCIES: dict[str, Callable[[cdk.Stack, ec2.Vpc], dict[str, Any]]] = {
    "AppRunnerMicroservice": lambda _stack, _vpc: {},
    "BeanstalkMicroservice": _instances,
    "Ec2PodmanMicroservice": _instances,
    "EksAutoMicroservice": _eks,
    "EksFargateMicroservice": _eks,
    "ExpressMicroservice": _ecs,
    "FargateMicroservice": lambda stack, vpc: {**_ecs(stack, vpc), **_link(stack, vpc)},
    "LambdaMicroservice": lambda _stack, _vpc: {"command": ["lambda", "handler"]},
    "ManagedInstancesMicroservice": lambda stack, vpc: {**_ecs(stack, vpc), **_link(stack, vpc)},
}
TARGETS = sorted(_DEPENDENCIES)
