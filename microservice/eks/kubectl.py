"""The CDK's function that brings manifests and charts into a cluster, as CloudFormation sees it."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_eks_v2 as eks

# The CDK gives it so long; a minute more is for its answer.
_FUNCTION_SECONDS = 900


def set_service_timeout(made: eks.HelmChart | eks.KubernetesManifest) -> None:
    """Let CloudFormation wait 16 minutes for it: an hour is the default, for a function that ended without a word."""
    resource = cast("cdk.CfnResource", made.node.find_child("Resource").node.default_child)
    resource.add_property_override("ServiceTimeout", _FUNCTION_SECONDS + 60)
