"""Constructs that run one container image on nine AWS platforms. Copy this folder into your own CDK app.

Importing a name imports its module only: one platform does not import the others. Add a name in both places below.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .versions import require_cdk

__version__ = "0.3.0.dev0"

require_cdk()

_MODULES = {
    "AppRunnerMicroservice": "app_runner.service",
    "BeanstalkMicroservice": "beanstalk.environment",
    "CONTAINER_NAME": "ecs.task_definition",
    "CustomDomain": "ingress.custom_domain",
    "Ec2PodmanMicroservice": "ec2.podman",
    "EksAutoMicroservice": "eks.auto_mode",
    "EksAutoScheduledJob": "eks.scheduled_job",
    "EksAutoWorker": "eks.worker",
    "EksFargateMicroservice": "eks.fargate",
    "ExpressMicroservice": "ecs.express_mode",
    "FargateMicroservice": "ecs.fargate",
    "FargateScheduledJob": "ecs.scheduled_job",
    "FargateWorker": "ecs.worker",
    "HttpApiVpcLink": "ingress.http_api",
    "Image": "image",
    "Ingress": "ingress.base",
    "IngressConfig": "ingress.base",
    "InstanceType": "instance_types",
    "InvalidServiceSpecError": "errors",
    "LambdaMicroservice": "lambda_.service",
    "LambdaScheduledJob": "lambda_.scheduled_job",
    "LambdaWorker": "lambda_.worker",
    "ManagedInstancesMicroservice": "ecs.managed_instances",
    "Microservice": "target",
    "PrivateIngress": "ingress.private",
    "PromotedImage": "image",
    "RepositorySource": "app_runner.source",
    "ScheduledCapacity": "ecs.scaling",
    "ServiceSpec": "spec",
    "SharedLoadBalancer": "ingress.shared_load_balancer",
    "Sidecar": "sidecars",
    "SourceImage": "image",
    "UnsupportedSpecError": "errors",
    "UnsupportedVpcError": "errors",
    "WorkQueue": "queue",
    "acknowledge": "nag",
    "pull_statements": "ecr_repository",
    "acknowledge_managed_policy": "nag",
    "acknowledge_wildcard": "nag",
    "delivery_log_group": "logs",
    "error_rate_alarm": "ingress.error_rate_alarm",
    "function_with_live_alias": "lambda_.function",
    "log_group": "logs",
    "managed_policy_role": "roles",
    "one_shot_task_definition": "ecs.task_definition",
    "restrict_trust": "roles",
    "set_service_timeout": "eks.helm_release",
}

__all__ = list(_MODULES)

if TYPE_CHECKING:
    from .app_runner.service import AppRunnerMicroservice as AppRunnerMicroservice
    from .app_runner.source import RepositorySource as RepositorySource
    from .beanstalk.environment import BeanstalkMicroservice as BeanstalkMicroservice
    from .ec2.podman import Ec2PodmanMicroservice as Ec2PodmanMicroservice
    from .ecr_repository import pull_statements as pull_statements
    from .ecs.express_mode import ExpressMicroservice as ExpressMicroservice
    from .ecs.fargate import FargateMicroservice as FargateMicroservice
    from .ecs.managed_instances import ManagedInstancesMicroservice as ManagedInstancesMicroservice
    from .ecs.scaling import ScheduledCapacity as ScheduledCapacity
    from .ecs.scheduled_job import FargateScheduledJob as FargateScheduledJob
    from .ecs.task_definition import CONTAINER_NAME as CONTAINER_NAME
    from .ecs.task_definition import one_shot_task_definition as one_shot_task_definition
    from .ecs.worker import FargateWorker as FargateWorker
    from .eks.auto_mode import EksAutoMicroservice as EksAutoMicroservice
    from .eks.fargate import EksFargateMicroservice as EksFargateMicroservice
    from .eks.helm_release import set_service_timeout as set_service_timeout
    from .eks.scheduled_job import EksAutoScheduledJob as EksAutoScheduledJob
    from .eks.worker import EksAutoWorker as EksAutoWorker
    from .errors import InvalidServiceSpecError as InvalidServiceSpecError
    from .errors import UnsupportedSpecError as UnsupportedSpecError
    from .errors import UnsupportedVpcError as UnsupportedVpcError
    from .image import Image as Image
    from .image import PromotedImage as PromotedImage
    from .image import SourceImage as SourceImage
    from .ingress.base import Ingress as Ingress
    from .ingress.base import IngressConfig as IngressConfig
    from .ingress.custom_domain import CustomDomain as CustomDomain
    from .ingress.error_rate_alarm import error_rate_alarm as error_rate_alarm
    from .ingress.http_api import HttpApiVpcLink as HttpApiVpcLink
    from .ingress.private import PrivateIngress as PrivateIngress
    from .ingress.shared_load_balancer import SharedLoadBalancer as SharedLoadBalancer
    from .instance_types import InstanceType as InstanceType
    from .lambda_.function import function_with_live_alias as function_with_live_alias
    from .lambda_.scheduled_job import LambdaScheduledJob as LambdaScheduledJob
    from .lambda_.service import LambdaMicroservice as LambdaMicroservice
    from .lambda_.worker import LambdaWorker as LambdaWorker
    from .logs import delivery_log_group as delivery_log_group
    from .logs import log_group as log_group
    from .nag import acknowledge as acknowledge
    from .nag import acknowledge_managed_policy as acknowledge_managed_policy
    from .nag import acknowledge_wildcard as acknowledge_wildcard
    from .queue import WorkQueue as WorkQueue
    from .roles import managed_policy_role as managed_policy_role
    from .roles import restrict_trust as restrict_trust
    from .sidecars import Sidecar as Sidecar
    from .spec import ServiceSpec as ServiceSpec
    from .target import Microservice as Microservice
else:

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return __all__
