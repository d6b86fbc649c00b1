"""Constructs that run one container image on nine AWS platforms. Copy this folder into your own CDK app.

Names are imported when you first use them: importing one platform does not import the others.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .app_runner.service import AppRunnerMicroservice
    from .app_runner.source import RepositorySource
    from .beanstalk.environment import BeanstalkMicroservice
    from .ec2.podman import Ec2PodmanMicroservice
    from .ecs.express_mode import ExpressMicroservice
    from .ecs.fargate import FargateMicroservice
    from .ecs.managed_instances import ManagedInstancesMicroservice
    from .ecs.task_definition import CONTAINER_NAME, one_shot_task_definition
    from .eks.auto_mode import EksAutoMicroservice
    from .eks.fargate import EksFargateMicroservice
    from .eks.helm_release import set_service_timeout
    from .errors import InvalidServiceSpecError, UnsupportedSpecError
    from .image import Image, PromotedImage, SourceImage
    from .ingress.base import Ingress, IngressConfig
    from .ingress.custom_domain import CustomDomain
    from .ingress.http_api import HttpApiVpcLink
    from .instance_types import InstanceType
    from .lambda_.function import function_with_live_alias
    from .lambda_.service import LambdaMicroservice
    from .logs import log_group
    from .nag import acknowledge, acknowledge_managed_policy
    from .roles import managed_policy_role
    from .spec import ServiceSpec
    from .target import Microservice

__version__ = "0.2.0"

_MODULES = {
    "CONTAINER_NAME": "ecs.task_definition",
    "AppRunnerMicroservice": "app_runner.service",
    "BeanstalkMicroservice": "beanstalk.environment",
    "CustomDomain": "ingress.custom_domain",
    "Ec2PodmanMicroservice": "ec2.podman",
    "EksAutoMicroservice": "eks.auto_mode",
    "EksFargateMicroservice": "eks.fargate",
    "ExpressMicroservice": "ecs.express_mode",
    "FargateMicroservice": "ecs.fargate",
    "HttpApiVpcLink": "ingress.http_api",
    "Image": "image",
    "Ingress": "ingress.base",
    "IngressConfig": "ingress.base",
    "InstanceType": "instance_types",
    "InvalidServiceSpecError": "errors",
    "LambdaMicroservice": "lambda_.service",
    "ManagedInstancesMicroservice": "ecs.managed_instances",
    "Microservice": "target",
    "PromotedImage": "image",
    "RepositorySource": "app_runner.source",
    "ServiceSpec": "spec",
    "SourceImage": "image",
    "UnsupportedSpecError": "errors",
    "acknowledge": "nag",
    "acknowledge_managed_policy": "nag",
    "function_with_live_alias": "lambda_.function",
    "log_group": "logs",
    "managed_policy_role": "roles",
    "one_shot_task_definition": "ecs.task_definition",
    "set_service_timeout": "eks.helm_release",
}
__all__ = [
    "CONTAINER_NAME",
    "AppRunnerMicroservice",
    "BeanstalkMicroservice",
    "CustomDomain",
    "Ec2PodmanMicroservice",
    "EksAutoMicroservice",
    "EksFargateMicroservice",
    "ExpressMicroservice",
    "FargateMicroservice",
    "HttpApiVpcLink",
    "Image",
    "Ingress",
    "IngressConfig",
    "InstanceType",
    "InvalidServiceSpecError",
    "LambdaMicroservice",
    "ManagedInstancesMicroservice",
    "Microservice",
    "PromotedImage",
    "RepositorySource",
    "ServiceSpec",
    "SourceImage",
    "UnsupportedSpecError",
    "acknowledge",
    "acknowledge_managed_policy",
    "function_with_live_alias",
    "log_group",
    "managed_policy_role",
    "one_shot_task_definition",
    "set_service_timeout",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
