"""The Helm release of a service, and the target group of its pods."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct, IDependable

from ..errors import UnsupportedSpecError
from ..ingress.base import Ingress
from ..ingress.target_group import target_group
from ..spec import ServiceSpec
from .manifest_export import export_manifests
from .manifests import Manifest
from .object_names import ObjectNames
from .pod import progress_deadline_seconds

_CHART = Path(__file__).with_name("helm_chart")
# Timeout of the CDK's kubectl function, in which Helm waits for the new version, and again for its rollback.
_FUNCTION_SECONDS = 900
# For all that Helm and the function do beside waiting for pods.
_MARGIN_SECONDS = 60
# A rollback may start half of the old pods again. Both starts fit into the function's timeout.
MAX_START_SECONDS = 300
_FIX = "Set release=False, and let a GitOps tool release the exported manifests; or use FargateMicroservice."


def pod_target_group(
    ingress: Ingress,
    cluster: eks.ICluster,
    spec: ServiceSpec,
    names: ObjectNames,
    load_balancer_security_group: ec2.ISecurityGroup | None = None,
) -> elb.ApplicationTargetGroup:
    """Create a target group that CloudFormation owns and the cluster registers pods in, and allow its traffic.

    The load balancer controller of Auto Mode registers targets only in groups with its cluster's tag, and opens no
    ports for a target group that it did not create (https://github.com/aws/containers-roadmap/issues/2508).

    Args:
        ingress: The endpoint that forwards to the pods.
        cluster: The cluster of the pods.
        spec: The service.
        names: Names of the service's objects.
        load_balancer_security_group: Security group of the load balancer, which the cluster's security group accepts.
            Default: a rule of the cluster's security group for this service.
    """
    group = target_group(ingress, "Pods", ingress, spec, elb.TargetType.IP)
    cdk.Tags.of(group).add("eks:eks-cluster-name", cluster.cluster_name)
    ingress.forward("Pods", group)
    if not ingress.namespace:
        ingress.discovery_url = f"http://{names.name}.{names.namespace}.svc.cluster.local"
    if load_balancer_security_group:
        ingress.add_security_group(load_balancer_security_group)
    else:
        ingress.allow_to(cluster.cluster_security_group, spec.port, "Requests to pods")
    return group


def validate_start_seconds(spec: ServiceSpec, *, fix: str = _FIX) -> None:
    """Require a start that a Helm release can wait for, and whose rollback it can wait for.

    Args:
        spec: The service.
        fix: What to do instead. Default: release the manifests by other means.

    Raises:
        UnsupportedSpecError: `start_seconds` is too long.
    """
    if spec.start_seconds > MAX_START_SECONDS:
        raise UnsupportedSpecError(
            service=spec.name,
            platform="a Helm release on EKS",
            field="start_seconds",
            value=spec.start_seconds,
            allowed=f"5 to {MAX_START_SECONDS}",
            fix=fix,
        )


def helm_release(
    scope: Construct, *, cluster: eks.ICluster, spec: ServiceSpec, manifests: Sequence[Manifest]
) -> eks.HelmChart:
    """Create a Helm release whose deployment fails and rolls back if its pods do not become ready.

    Applied manifests (`eks.KubernetesManifest`) would succeed even if the pods never become ready. The chart renders
    its values and nothing else, so that the template shows the manifests. Helm stores the release in the namespace
    `default`, because the service's namespace is part of the release.

    Deletion uninstalls the release before its target group, role and profile. The CDK's function ignores an error of
    `helm uninstall`: `cdk destroy` then succeeds, and the pods stay without their role until you delete the namespace
    or the cluster.

    Args:
        scope: The parent construct.
        cluster: The cluster.
        spec: The service.
        manifests: The Kubernetes manifests.
    """
    chart = eks.HelmChart(
        scope,
        "Release",
        cluster=cluster,
        chart_asset=s3_assets.Asset(scope, "Chart", path=str(_CHART), exclude=["**/.*"]),
        values={"manifests": manifests},
        create_namespace=False,
        wait=True,
        atomic=True,
        timeout=cdk.Duration.seconds(progress_deadline_seconds(spec) + _MARGIN_SECONDS),
    )
    set_service_timeout(chart)
    return chart


def release_manifests(
    scope: Construct,
    *,
    cluster: eks.ICluster,
    spec: ServiceSpec,
    manifests: Sequence[Manifest],
    release: bool,
    needed: Sequence[IDependable],
) -> eks.HelmChart | None:
    """Create the Helm release, or write the manifests to a file and return None.

    Args:
        scope: The parent construct.
        cluster: The cluster.
        spec: The service.
        manifests: The Kubernetes manifests.
        release: Whether Helm releases the manifests.
        needed: What the pods need while they start, run and stop.
    """
    if not release:
        export_manifests(scope, manifests)
        return None
    chart = helm_release(scope, cluster=cluster, spec=spec, manifests=manifests)
    chart.node.add_dependency(*needed)
    return chart


def set_service_timeout(construct: eks.HelmChart | eks.KubernetesManifest) -> None:
    """Let CloudFormation wait 16 minutes for the kubectl function; the default is an hour, if it does not respond.

    Args:
        construct: A release or a manifest.

    Example:
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "jobs"}}
        set_service_timeout(eks.KubernetesManifest(stack, "Jobs", cluster=eks_cluster, manifest=[namespace]))
    """
    resource = cast("cdk.CfnResource", construct.node.find_child("Resource").node.default_child)
    resource.add_property_override("ServiceTimeout", _FUNCTION_SECONDS + 60)
