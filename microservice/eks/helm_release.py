"""What targets on EKS share: pods behind the front door, and a release that waits for them or goes back."""

from collections.abc import Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from ..ingress.base import Ingress
from .kubectl import set_service_timeout
from ..ingress.target_group import target_group
from .manifests import Manifest
from .pod import PROGRESS_DEADLINE_SECONDS
from ..spec import ServiceSpec

_CHART = Path(__file__).with_name("helm_chart")
# Helm may wait twice, for the new version and for the old one after it: the function that runs it ends after 900.
_WAIT_SECONDS = PROGRESS_DEADLINE_SECONDS + 60


def pod_target_group(ingress: Ingress, cluster: eks.ICluster, spec: ServiceSpec) -> elb.ApplicationTargetGroup:
    """A target group that CloudFormation owns and the cluster fills: behind the front door, and let through to pods.

    Auto Mode's load balancer controller may register targets only where the tag names its cluster, and with a target
    group that is not its own it opens no port (https://github.com/aws/containers-roadmap/issues/2508).
    """
    group = target_group(ingress, "Pods", ingress, spec, elb.TargetType.IP)
    cdk.Tags.of(group).add("eks:eks-cluster-name", cluster.cluster_name)
    ingress.listener.add_target_groups("Pods", target_groups=[group])
    ingress.load_balancer.connections.allow_to(
        cluster.cluster_security_group, ec2.Port.tcp(spec.port), "Requests to pods"
    )
    return group


def release(scope: Construct, *, cluster: eks.ICluster, manifests: Sequence[Manifest]) -> eks.HelmChart:
    """The manifests as one Helm release, whose deployment fails when pods do not get ready.

    Helm then puts back the version before it, or takes the first one away. Applied manifests alone would be green
    whatever becomes of the pods. The chart renders its values and nothing else, so that the template shows them.
    It is recorded in the namespace `default`, because the service's own ends with it.
    Deletion takes the release before its target group, role and profile, and waits for it; but the CDK's function keeps
    an error of `helm uninstall` to itself. Pods then live on without their role, until the cluster goes or somebody
    deletes the namespace: `cdk destroy` is green all the same.
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
        timeout=cdk.Duration.seconds(_WAIT_SECONDS),
    )
    set_service_timeout(chart)
    return chart


def require_min_instances(spec: ServiceSpec) -> None:
    """Let through what keeps a pod running.

    Raises:
        ValueError: if nothing is to run all the time.
    """
    if spec.min_instances == 0:
        raise ValueError(
            f"service {spec.name!r} cannot run on EKS: min_instances is 0; allowed: 1 to 1000; fix: keep one "
            "running, for nothing here starts a pod when a request comes, or take Lambda"
        )
