"""The Kubernetes manifests that targets on EKS share: plain data, valid without a cluster at hand."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from .pod import PORT_NAME, deployment
from ..spec import ServiceSpec

Manifest = dict[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class PodContext:
    """What pods need to know of the AWS around them; values may be tokens.

    Attributes:
        namespace: The namespace, which the manifests make and own.
        image: The image's full name.
        region: What AWS's libraries in the container take the Region from.
        target_group_arn: Target group of the VPC, by addresses, tagged `eks:eks-cluster-name` with the cluster's name.
        sources: Address ranges that requests come from; others are kept out where the platform enforces policies.
        on_fargate: Whether Fargate runs the pods, which spreads nothing over zones and has no DNS of the cluster's.
        role_arn: Role of the pods' service account, where nothing outside of Kubernetes says it.
    """

    namespace: str
    image: str
    region: str
    target_group_arn: str
    sources: tuple[str, ...] = ()
    on_fargate: bool = False
    role_arn: str | None = None


def service_manifests(spec: ServiceSpec, around: PodContext) -> list[Manifest]:
    """Everything that serves `spec`, in one namespace that is its own."""
    role = {"eks.amazonaws.com/role-arn": around.role_arn} if around.role_arn else None
    ports = {"selector": _labels(spec), "ports": [{"name": PORT_NAME, "port": 80, "targetPort": PORT_NAME}]}
    return [
        _namespace(around.namespace),
        *([_policy(spec, around)] if around.sources else []),
        _manifest("v1", "ServiceAccount", spec, around, annotations=role, automountServiceAccountToken=False),
        _manifest("v1", "Service", spec, around, spec=ports),
        _manifest("apps/v1", "Deployment", spec, around, spec=_pods(spec, around)),
        _manifest("policy/v1", "PodDisruptionBudget", spec, around, spec=_disruption(spec)),
        _manifest("autoscaling/v2", "HorizontalPodAutoscaler", spec, around, spec=_scaling(spec)),
        _manifest("eks.amazonaws.com/v1", "TargetGroupBinding", spec, around, spec=_binding(spec, around)),
    ]


def _labels(spec: ServiceSpec) -> dict[str, str]:
    return {"app.kubernetes.io/name": spec.name}


def _manifest(
    version: str,
    kind: str,
    service: ServiceSpec,
    around: PodContext,
    *,
    annotations: Mapping[str, str] | None = None,
    **body: Any,
) -> Manifest:
    metadata: Manifest = {"name": service.name, "namespace": around.namespace, "labels": _labels(service)}
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **body}


def _namespace(name: str) -> Manifest:
    """Refuses pods that could do harm; its pods get requests, and may replace others, once a load balancer says so."""
    labels = {
        "pod-security.kubernetes.io/enforce": "restricted",
        "eks.amazonaws.com/pod-readiness-gate-inject": "enabled",
    }
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _policy(spec: ServiceSpec, around: PodContext) -> Manifest:
    """Nothing but requests to the service's port gets in; what it calls itself is its role's affair."""
    callers = [{"ipBlock": {"cidr": source}} for source in around.sources]
    ingress = [{"from": callers, "ports": [{"port": spec.port, "protocol": "TCP"}]}]
    body = {"podSelector": {"matchLabels": _labels(spec)}, "policyTypes": ["Ingress"], "ingress": ingress}
    return _manifest("networking.k8s.io/v1", "NetworkPolicy", spec, around, spec=body)


def _pods(spec: ServiceSpec, around: PodContext) -> Manifest:
    return deployment(spec, _labels(spec), image=around.image, region=around.region, on_fargate=around.on_fargate)


def _disruption(spec: ServiceSpec) -> Manifest:
    """One copy at a time where a node is emptied; a copy that is broken anyway holds up nothing."""
    return {
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": _labels(spec)},
    }


def _scaling(spec: ServiceSpec) -> Manifest:
    """Out at once, in after five minutes, as Kubernetes does by default."""
    load = {"type": "Utilization", "averageUtilization": spec.target_cpu_percent}
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": spec.name},
        "minReplicas": spec.min_instances,
        "maxReplicas": spec.max_instances,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": load}}],
    }


def _binding(spec: ServiceSpec, around: PodContext) -> Manifest:
    """Keeps the addresses of ready pods in a target group that CloudFormation owns; whoever owns that opens ports."""
    return {
        "serviceRef": {"name": spec.name, "port": PORT_NAME},
        "targetGroupARN": around.target_group_arn,
        "targetType": "ip",
    }
