"""What targets on EKS share: pods behind the front door, and a release that waits for them or goes back."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from .front_door import FrontDoor
from .load_balancing import target_group
from .manifests import Manifest
from .pod import READY_WITHIN_SECONDS
from .spec import ServiceSpec

_CHART = Path(__file__).with_name("helm_chart")
# Helm may wait twice, for the new version and for the old one after it: the function that runs it ends after 900.
_WAIT_SECONDS = READY_WITHIN_SECONDS + 60
_FUNCTION_SECONDS = 900


def pods_behind(front_door: FrontDoor, cluster: eks.ICluster, spec: ServiceSpec) -> elb.ApplicationTargetGroup:
    """A target group that CloudFormation owns and the cluster fills: behind the front door, and let through to pods.

    Auto Mode's load balancer controller may register targets only where the tag names its cluster, and with a target
    group that is not its own it opens no port (https://github.com/aws/containers-roadmap/issues/2508).
    """
    group = target_group(front_door, "Pods", front_door, spec, elb.TargetType.IP)
    cdk.Tags.of(group).add("eks:eks-cluster-name", cluster.cluster_name)
    front_door.listener.add_target_groups("Pods", target_groups=[group])
    front_door.load_balancer.connections.allow_to(
        cluster.cluster_security_group, ec2.Port.tcp(spec.port), "Requests to pods"
    )
    return group


def release(scope: Construct, *, cluster: eks.ICluster, manifests: Sequence[Manifest]) -> eks.HelmChart:
    """The manifests as one Helm release, whose deployment fails when pods do not get ready.

    Helm then puts back the version before it, or takes the first one away. Applied manifests alone would be green
    whatever becomes of the pods. The chart renders its values and nothing else, so that the template shows them.
    It is recorded in the namespace `default`, because the service's own ends with it.
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
    # CloudFormation would wait an hour for a function that has ended without a word.
    resource = cast("cdk.CfnResource", chart.node.find_child("Resource").node.default_child)
    resource.add_property_override("ServiceTimeout", _FUNCTION_SECONDS + 60)
    return chart


def refuse_zero(spec: ServiceSpec) -> None:
    """Let through what keeps a pod running.

    Raises:
        ValueError: if nothing is to run all the time.
    """
    if spec.min_instances == 0:
        raise ValueError(
            f"service {spec.name!r} cannot run on EKS: min_instances is 0; allowed: 1 to 1000; fix: keep one "
            "running, for nothing here starts a pod when a request comes, or take Lambda"
        )
