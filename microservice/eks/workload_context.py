"""The AWS values in the manifests of pods without a port."""

import aws_cdk as cdk
from constructs import Construct

from ..image import Image
from ..resource_attributes import resource_attributes
from ..spec import ServiceSpec
from .manifests import PodContext
from .object_names import ObjectNames
from .secrets_store import secrets_name

# A network policy has sources, which `portless` removes: nothing may connect.
_NO_SOURCES = ("0.0.0.0/32",)


def workload_context(scope: Construct, spec: ServiceSpec, image: Image, names: ObjectNames) -> PodContext:
    """Return the values for a worker or a job, which has no target group.

    Args:
        scope: The worker or job.
        spec: The service.
        image: The container image.
        names: Namespace and names of the objects.
    """
    return PodContext(
        names=names,
        image=image.image_uri(scope, spec.architecture),
        attributes=resource_attributes(scope, platform="aws_eks", version=image.version(scope, spec.architecture)),
        region=cdk.Stack.of(scope).region,
        target_group_arn="",
        sources=_NO_SOURCES,
        secrets=secrets_name(scope, spec, names.name),
    )
