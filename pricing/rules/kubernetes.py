"""What EKS costs: the cluster, its instances in Auto Mode, and pods on Fargate."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from deployment.errors import ActionableError
from pricing.capacity import Capacity
from pricing.deployment import Resource
from pricing.lines import Bill, Line
from pricing.packing import Packing, Pods, cheapest_packing
from pricing.rules.front_door import throttle
from pricing.rules.machines import machine_lines

_HELM = "Custom::AWSCDK-EKS-HelmChart"
# Pods of add-ons on Auto Mode's instances, by the add-ons' own defaults.
_ADD_ONS = {
    "coredns": Pods(count=2, vcpus=0.1, memory_mib=70),
    "metrics-server": Pods(count=2, vcpus=0.1, memory_mib=200),
}
_DISK_GIB = 80
"""Of each instance, by Auto Mode's default: https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html"""
_FOR_KUBERNETES_MIB = 256
# vCPU -> smallest and largest memory in GiB, and the step between them.
# https://docs.aws.amazon.com/eks/latest/userguide/fargate-pod-configuration.html
_FARGATE_SIZES = {0.25: (0.5, 2, 0.5), 0.5: (1, 4, 1), 1: (2, 8, 1), 2: (4, 16, 1), 4: (8, 30, 1), 8: (16, 60, 4)}
_FARGATE_SIZES[16] = (32, 120, 8)
_BYTES = {"Mi": 1, "Gi": 1024}


def cluster(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill the cluster and, in Auto Mode, the instances that its add-ons and a target's pods need.

    The pods of metrics-server and CoreDNS lie on instances, whoever else does.
    """
    yield bill.line(resource, "cluster", "eks-cluster-hour", "hours")
    packing = auto_mode(bill)
    if packing:
        yield from machine_lines(resource, bill, packing.machine, "machine_hours", _DISK_GIB)
        instance = bill.prices.usd(f"ec2-{packing.machine}-hour")
        yield bill.line(resource, "Auto Mode's fee for them", "eks-auto-mode-fee", "machine_hours", share=instance)


def release(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill pods on Fargate, by the size that Fargate sells above what they ask for; others are billed by instance."""
    if on_fargate(bill):
        vcpus, gib = fargate_size(_pod(resource))
        yield bill.line(resource, "pods, processors", "fargate-x86-vcpu-hour", "copy_hours", vcpus)
        yield bill.line(resource, "pods, memory", "fargate-x86-gb-hour", "copy_hours", gib)


def release_capacity(resource: Resource, bill: Bill) -> Capacity:
    """Read the pods' size from the deployment, and their number from what scales it."""
    pod, scaling = _pod(resource), _manifest(resource, "HorizontalPodAutoscaler")["spec"]
    return Capacity(
        resource=resource.id,
        counted="copies",
        min_copies=int(scaling["minReplicas"]),
        max_copies=int(scaling["maxReplicas"]),
        vcpus=pod.vcpus,
        target_percent=float(scaling["metrics"][0]["resource"]["target"]["averageUtilization"]),
        memory_mib=pod.memory_mib,
        packing=auto_mode(bill),
        throttle=throttle(bill.deployment),
    )


def auto_mode(bill: Bill) -> Packing | None:
    """Return the instances that the target's cluster starts; None where it is not in Auto Mode."""
    [found] = bill.deployment.all("AWS::EKS::Cluster")
    if not found.properties.get("ComputeConfig", {}).get("Enabled"):
        return None
    [chart] = bill.deployment.own(_HELM)
    names = [add_on.properties["AddonName"] for add_on in bill.deployment.all("AWS::EKS::Addon")]
    unknown = sorted(set(names) - _ADD_ONS.keys())
    if unknown:
        raise ActionableError(
            f"nobody knows what the pods of the add-on {unknown[0]} ask for",
            f"known are {', '.join(sorted(_ADD_ONS))}",
            "add it to pricing/rules/kubernetes.py",
        )
    fargate = on_fargate(bill)
    selector = _manifest(chart, "Deployment")["spec"]["template"]["spec"].get("nodeSelector", {})
    arm = not fargate and selector.get("kubernetes.io/arch") == "arm64"
    return cheapest_packing(
        bill.prices,
        "arm64" if arm else "x86_64",
        copy=None if fargate else _pod(chart),
        others=tuple(_ADD_ONS[name] for name in sorted(names)),
        zones=len(found.properties["ResourcesVpcConfig"]["SubnetIds"]),
        at_copies=int(_manifest(chart, "HorizontalPodAutoscaler")["spec"]["minReplicas"]),
    )


def on_fargate(bill: Bill) -> bool:
    """Whether a Fargate profile takes the namespace of the target's pods."""
    [chart] = bill.deployment.own(_HELM)
    namespace = _manifest(chart, "Deployment")["metadata"]["namespace"]
    profiles = bill.deployment.own("AWS::EKS::FargateProfile")
    return any(found["Namespace"] == namespace for profile in profiles for found in profile.properties["Selectors"])


def fargate_size(pod: Pods) -> tuple[float, float]:
    """Return the vCPUs and GiB that Fargate runs a pod in: 256 MiB more for Kubernetes, rounded up to a size.

    Raises:
        ActionableError: Fargate sells nothing as large.
    """
    wanted = (pod.memory_mib + _FOR_KUBERNETES_MIB) / 1024
    for vcpus, (least, most, step) in sorted(_FARGATE_SIZES.items()):
        if pod.vcpus <= vcpus and wanted <= most:
            return vcpus, least + max(0, math.ceil((wanted - least) / step)) * step
    raise ActionableError(f"Fargate runs no pod of {pod.vcpus:g} vCPU and {wanted:g} GiB", "", "ask for less")


def _pod(chart: Resource) -> Pods:
    containers = _manifest(chart, "Deployment")["spec"]["template"]["spec"]["containers"]
    requests = [container["resources"]["requests"] for container in containers]
    return Pods(
        count=1,
        vcpus=sum(_vcpus(str(found["cpu"])) for found in requests),
        memory_mib=sum(float(found["memory"][:-2]) * _BYTES[found["memory"][-2:]] for found in requests),
    )


def _vcpus(cpu: str) -> float:
    return float(cpu[:-1]) / 1000 if cpu.endswith("m") else float(cpu)


def _manifest(chart: Resource, kind: str) -> Mapping[str, Any]:
    values = json.loads(_text(chart.properties["Values"]))
    manifests: Sequence[Mapping[str, Any]] = values["manifests"]
    return next(found for found in manifests if found["kind"] == kind)


def _text(value: object) -> str:
    """A string, with a word in place of each part that only a deployment knows."""
    if isinstance(value, dict) and "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(part if isinstance(part, str) else "unknown" for part in parts)
    return str(value)
