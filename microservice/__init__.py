"""One container image, run in every way AWS runs containers. Copy this folder into your own CDK app."""

from .acknowledged import acknowledge, acknowledge_managed_policy
from .app_runner import AppRunnerMicroservice
from .app_runner_sources import RepositorySource
from .beanstalk import BeanstalkMicroservice
from .contract import Microservice
from .ec2_podman import Ec2PodmanMicroservice
from .eks_auto import EksAutoMicroservice
from .eks_fargate import EksFargateMicroservice
from .express import ExpressMicroservice
from .fargate import FargateMicroservice
from .front_door import FrontDoor
from .function import live_function
from .http_api_front_door import FrontDoorLink
from .image import Image, PromotedImage, SourceImage
from .lambda_container import LambdaMicroservice
from .logs import log_group
from .machines import Machine
from .managed_instances import ManagedInstancesMicroservice
from .own_domain import OwnDomain
from .spec import InvalidServiceSpecError, ServiceSpec
from .task_definition import CONTAINER_NAME, one_shot_task_definition

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
    "live_function",
    "log_group",
    "one_shot_task_definition",
]
