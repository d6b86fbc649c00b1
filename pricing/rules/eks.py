"""Prices of Amazon EKS: the cluster, instances of Auto Mode, and pods on Fargate."""

import math
from collections.abc import Iterator

from deployment.errors import ActionableError
from deployment.template import Resource, TargetTemplates
from pricing.charges import Charge, PricingContext
from pricing.packing import Packing, ResourceRequest, cheapest_packing
from pricing.prices import PriceList
from pricing.rules.ec2 import instance_charges
from pricing.workload import HELM_CHART, Workload, manifests

# Requests of the add-ons' pods on Auto Mode instances, by the add-ons' own defaults.
_ADD_ONS = {
    "coredns": ResourceRequest(count=2, vcpus=0.1, memory_mib=70),
    "metrics-server": ResourceRequest(count=2, vcpus=0.1, memory_mib=200),
}
_VOLUME_GIB = 80
"""Default of Auto Mode instances: https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html"""
_KUBERNETES_MIB = 256
# vCPU -> smallest and largest memory in GiB, and the increment.
# https://docs.aws.amazon.com/eks/latest/userguide/fargate-pod-configuration.html
_FARGATE_SIZES = {0.25: (0.5, 2, 0.5), 0.5: (1, 4, 1), 1: (2, 8, 1), 2: (4, 16, 1), 4: (8, 30, 1), 8: (16, 60, 4)}
_FARGATE_SIZES[16] = (32, 120, 8)


def cluster(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the cluster and, in Auto Mode, the instances for its add-ons and for the target's pods."""
    yield context.charge(resource, "cluster", "eks-cluster-hour", "hours")
    if context.packing:
        instance_type = context.packing.instance_type
        yield from instance_charges(resource, context, instance_type, "instance_hours", _VOLUME_GIB)
        hourly = context.prices.usd(f"ec2-{instance_type}-hour")
        yield context.charge(resource, "Auto Mode fee", "eks-auto-mode-fee", "instance_hours", share=hourly)


def helm_release(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price pods on Fargate; other pods are priced with the cluster's instances."""
    if context.workload and _on_fargate(resource, context.templates):
        vcpus, gib = fargate_size(_request(context.workload))
        yield context.charge(resource, "vCPUs of pods", "fargate-x86-vcpu-hour", "replica_hours", vcpus)
        yield context.charge(resource, "memory of pods", "fargate-x86-gb-hour", "replica_hours", gib)


def packing(templates: TargetTemplates, workload: Workload, prices: PriceList) -> Packing | None:
    """Return the packing of pods on the instances of the target's cluster; None if it is not in Auto Mode.

    Raises:
        ActionableError: the requests of one of the cluster's add-ons are unknown.
    """
    [found] = templates.all("AWS::EKS::Cluster")
    if not found.properties.get("ComputeConfig", {}).get("Enabled"):
        return None
    [chart] = templates.own(HELM_CHART)
    names = [add_on.properties["AddonName"] for add_on in templates.all("AWS::EKS::Addon")]
    unknown = sorted(set(names) - _ADD_ONS.keys())
    if unknown:
        raise ActionableError(
            f"the requests of the pods of add-on {unknown[0]} are unknown",
            f"known add-ons are {', '.join(sorted(_ADD_ONS))}",
            "add it to pricing/rules/eks.py",
        )
    fargate = _on_fargate(chart, templates)
    return cheapest_packing(
        prices,
        "x86_64" if fargate else workload.architecture or "x86_64",
        replica=None if fargate else _request(workload),
        add_ons=tuple(_ADD_ONS[name] for name in sorted(names)),
        zones=len(found.properties["ResourcesVpcConfig"]["SubnetIds"]),
        replicas=workload.min_replicas,
    )


def fargate_size(request: ResourceRequest) -> tuple[float, float]:
    """Return the vCPUs and GiB of the Fargate size for a pod: with 256 MiB for Kubernetes, rounded up.

    Raises:
        ActionableError: the pod is larger than any Fargate size.
    """
    gib = (request.memory_mib + _KUBERNETES_MIB) / 1024
    for vcpus, (smallest, largest, increment) in sorted(_FARGATE_SIZES.items()):
        if request.vcpus <= vcpus and gib <= largest:
            return vcpus, smallest + max(0, math.ceil((gib - smallest) / increment)) * increment
    raise ActionableError(
        f"Fargate has no size for a pod of {request.vcpus:g} vCPU and {gib:g} GiB",
        "the largest size has 16 vCPU and 120 GiB",
        "request less",
    )


def _request(workload: Workload) -> ResourceRequest:
    return ResourceRequest(vcpus=workload.vcpus or 0, memory_mib=workload.memory_mib or 0)


def _on_fargate(chart: Resource, templates: TargetTemplates) -> bool:
    """Whether a Fargate profile selects the namespace of the target's pods."""
    namespace = next(manifests(chart, "Deployment"))["metadata"]["namespace"]
    profiles = templates.own("AWS::EKS::FargateProfile")
    return any(found["Namespace"] == namespace for profile in profiles for found in profile.properties["Selectors"])
