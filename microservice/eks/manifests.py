"""The Kubernetes manifests of a service, as plain data."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..sidecars import Sidecar
from ..spec import ServiceSpec
from .object_names import ObjectNames
from .pod import PORT_NAME, architecture_label, architecture_toleration, deployment
from .secrets_store import secret_provider_class

Manifest = dict[str, Any]

# A pool may exceed what its pods need by the rest of an instance.
_LARGEST_INSTANCE_CPUS = 16


@dataclasses.dataclass(frozen=True, kw_only=True)
class PodContext:
    """AWS values that the manifests refer to; they may be CDK tokens.

    Attributes:
        names: Namespace and names of the objects. They must not depend on the name of the service: an object of
            another namespace is another object, and a target group is bound once.
        image: The image URI.
        attributes: Resource attributes of the service's spans.
        region: The Region, for the AWS SDK in the container.
        target_group_arn: Target group with target type `ip`, and the tag `eks:eks-cluster-name` of the cluster.
        sources: CIDR blocks that the network policy allows. Default: none, no network policy.
        on_fargate: Whether the pods run on Fargate, without topology spread and cluster DNS. Default: False.
        role_arn: IAM role in the annotation of the service account. Default: none, Pod Identity provides the role.
        secrets: Name of the SecretProviderClass and of its Secret. Default: none, the spec has no secrets.
        sidecars: Containers beside that of the service. Default: none.
    """

    names: ObjectNames
    image: str
    attributes: Mapping[str, str]
    region: str
    target_group_arn: str
    sources: tuple[str, ...] = ()
    on_fargate: bool = False
    role_arn: str | None = None
    secrets: str = ""
    sidecars: tuple[Sidecar, ...] = ()


def service_manifests(spec: ServiceSpec, context: PodContext) -> list[Manifest]:
    """Return the manifests of a service, with its namespace if that is the service's own."""
    role = {"eks.amazonaws.com/role-arn": context.role_arn} if context.role_arn else None
    ports = {"selector": context.names.selector, "ports": [{"name": PORT_NAME, "port": 80, "targetPort": PORT_NAME}]}
    return [
        *([_namespace(context.names.namespace)] if context.names.creates_namespace else []),
        *([_network_policy(spec, context)] if context.sources else []),
        _manifest("v1", "ServiceAccount", spec, context, annotations=role, automountServiceAccountToken=False),
        *([_secret_provider_class(spec, context)] if context.secrets else []),
        _manifest("v1", "Service", spec, context, spec=ports),
        _manifest("apps/v1", "Deployment", spec, context, spec=_deployment(spec, context)),
        _manifest("policy/v1", "PodDisruptionBudget", spec, context, spec=_disruption_budget(context)),
        _manifest("autoscaling/v2", "HorizontalPodAutoscaler", spec, context, spec=_autoscaler(spec, context)),
        _manifest("eks.amazonaws.com/v1", "TargetGroupBinding", spec, context, spec=_target_group_binding(context)),
    ]


def _labels(spec: ServiceSpec) -> dict[str, str]:
    return {"app.kubernetes.io/name": spec.name}


def _manifest(
    version: str,
    kind: str,
    service: ServiceSpec,
    context: PodContext,
    *,
    annotations: Mapping[str, str] | None = None,
    **body: Any,
) -> Manifest:
    names = context.names
    metadata: Manifest = {"name": names.name, "namespace": names.namespace, "labels": _labels(service)}
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **body}


def _namespace(name: str) -> Manifest:
    """Return a namespace with the restricted pod security standard and readiness gates of the load balancer."""
    labels = {
        "pod-security.kubernetes.io/enforce": "restricted",
        "eks.amazonaws.com/pod-readiness-gate-inject": "enabled",
    }
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _network_policy(spec: ServiceSpec, context: PodContext) -> Manifest:
    """Return a policy that allows ingress to the service's port only; egress is unrestricted.

    It names the port: a number would close the port of the old pods while a version with another port starts.
    """
    callers = [{"ipBlock": {"cidr": source}} for source in context.sources]
    ingress = [{"from": callers, "ports": [{"port": PORT_NAME, "protocol": "TCP"}]}]
    body = {"podSelector": {"matchLabels": context.names.selector}, "policyTypes": ["Ingress"], "ingress": ingress}
    return _manifest("networking.k8s.io/v1", "NetworkPolicy", spec, context, spec=body)


def _secret_provider_class(spec: ServiceSpec, context: PodContext) -> Manifest:
    body = secret_provider_class(spec, name=context.secrets, region=context.region)
    found = _manifest("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", spec, context, spec=body)
    return {**found, "metadata": {**found["metadata"], "name": context.secrets}}


def _deployment(spec: ServiceSpec, context: PodContext) -> Manifest:
    return deployment(
        spec,
        names=context.names,
        labels={**_labels(spec), **context.names.selector},
        image=context.image,
        attributes=context.attributes,
        region=context.region,
        on_fargate=context.on_fargate,
        secrets=context.secrets,
        sidecars=context.sidecars,
    )


def _disruption_budget(context: PodContext) -> Manifest:
    """Return a disruption budget of one pod; unhealthy pods do not block the drain of a node."""
    return {
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": context.names.selector},
    }


def _autoscaler(spec: ServiceSpec, context: PodContext) -> Manifest:
    """Return the scaling on CPU utilization: out at once, in after five minutes, the defaults of Kubernetes."""
    target = {"type": "Utilization", "averageUtilization": spec.target_cpu_percent}
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": context.names.name},
        "minReplicas": spec.min_instances,
        "maxReplicas": spec.max_instances,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
    }


def _target_group_binding(context: PodContext) -> Manifest:
    """Return the binding that registers ready pods in the target group; it opens no ports."""
    return {
        "serviceRef": {"name": context.names.name, "port": PORT_NAME},
        "targetGroupARN": context.target_group_arn,
        "targetType": "ip",
    }


def node_pools(spec: ServiceSpec, context: PodContext) -> list[Manifest]:
    """Return a node pool for arm64; the built-in `general-purpose` pool is x86_64, and pods would stay pending.

    Its taint keeps other pods away. Its limit is twice what `max_instances` need, because a deployment doubles them.
    https://docs.aws.amazon.com/eks/latest/userguide/create-node-pool.html
    """
    if spec.architecture == "x86_64":
        return []
    labels = {**architecture_label(spec), "karpenter.sh/capacity-type": "on-demand"}
    requirements: list[Manifest] = [{"key": key, "operator": "In", "values": [labels[key]]} for key in labels]
    requirements += [
        {"key": "eks.amazonaws.com/instance-category", "operator": "In", "values": ["c", "m", "r"]},
        {"key": "eks.amazonaws.com/instance-generation", "operator": "Gt", "values": ["4"]},
    ]
    instances = {
        "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"},
        "requirements": requirements,
        "taints": [{key: value for key, value in architecture_toleration(spec).items() if key != "operator"}],
        "expireAfter": "336h",
        "terminationGracePeriod": "24h",
    }
    return [
        {
            "apiVersion": "karpenter.sh/v1",
            "kind": "NodePool",
            "metadata": {"name": f"{context.names.instance}-{spec.architecture}"},
            "spec": {
                "limits": {"cpu": str(_LARGEST_INSTANCE_CPUS + 2 * spec.max_instances * spec.cpu // 1024)},
                "template": {"spec": instances},
                "disruption": {"consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "30s"},
            },
        }
    ]
