"""One container image, run in every way AWS runs containers. Copy this folder into your own CDK app."""

from .nag import acknowledge, acknowledge_managed_policy
from .app_runner.service import AppRunnerMicroservice
from .app_runner.source import RepositorySource
from .beanstalk.environment import BeanstalkMicroservice
from .target import Microservice
from .ec2.podman import Ec2PodmanMicroservice
from .eks.auto_mode import EksAutoMicroservice
from .eks.fargate import EksFargateMicroservice
from .ecs.express_mode import ExpressMicroservice
from .ecs.fargate import FargateMicroservice
from .ingress.base import Ingress
from .lambda_.function import function_with_live_alias
from .ingress.http_api import HttpApiVpcLink
from .image import Image, PromotedImage, SourceImage
from .eks.kubectl import set_service_timeout
from .lambda_.service import LambdaMicroservice
from .logs import log_group
from .ec2.instance_types import InstanceType
from .ecs.managed_instances import ManagedInstancesMicroservice
from .ingress.custom_domain import CustomDomain
from .spec import InvalidServiceSpecError, ServiceSpec
from .ecs.task_definition import CONTAINER_NAME, one_shot_task_definition

__version__ = "0.1.0"
__all__ = [
    "CONTAINER_NAME",
    "AppRunnerMicroservice",
    "BeanstalkMicroservice",
    "Ec2PodmanMicroservice",
    "EksAutoMicroservice",
    "EksFargateMicroservice",
    "ExpressMicroservice",
    "FargateMicroservice",
    "FrontDoor",
    "FrontDoorLink",
    "Image",
    "InvalidServiceSpecError",
    "LambdaMicroservice",
    "Machine",
    "ManagedInstancesMicroservice",
    "Microservice",
    "OwnDomain",
    "PromotedImage",
    "RepositorySource",
    "ServiceSpec",
    "SourceImage",
    "acknowledge",
    "acknowledge_managed_policy",
    "limit_wait",
    "live_function",
    "log_group",
    "one_shot_task_definition",
]
