"""The pod of a service: container, probes, limits, security context, volumes, and shutdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..container_environment import container_environment
from ..defaults import (
    HEALTH_CHECK_INTERVAL_SECONDS,
    HEALTH_CHECK_RETRIES,
    HEALTH_CHECK_TIMEOUT_SECONDS,
    STOP_SECONDS,
    USER,
)
from ..sidecars import Sidecar, rest_of
from ..spec import ServiceSpec
from .object_names import NAME, ObjectNames
from .pod_sidecars import resources_of, sidecar_containers, sidecar_volumes
from .secrets_store import secret_mounts, secret_variables, secret_volumes
from .volumes import writable_mounts, writable_volumes

PORT_NAME = "http"
# Load balancer controller: the pod is ready when its target in the group of the TargetGroupBinding is healthy.
# https://docs.aws.amazon.com/eks/latest/userguide/auto-elb-example.html
_READINESS_GATE_PREFIX = "target-health.eks.amazonaws.com/"
# A terminating pod keeps serving requests for this long, until the load balancer has deregistered it.
PRE_STOP_SECONDS = 15
# A Deployment without progress for this long has failed; Helm waits a minute longer, and rolls back.
PROGRESS_DEADLINE_SECONDS = 300
# Until a pod starts: an instance starts, and pulls the image. Afterwards, its target becomes healthy.
_BEFORE_AND_AFTER_START_SECONDS = 150
_STARTUP_PROBE_PERIOD_SECONDS = 2
_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}


def architecture_toleration(spec: ServiceSpec) -> dict[str, str]:
    """Return the toleration of the node pool for arm64, which other pods, possibly built for x86_64, must not use."""
    [(key, value)] = architecture_label(spec).items()
    return {"key": key, "operator": "Equal", "value": value, "effect": "NoSchedule"}


def architecture_label(spec: ServiceSpec) -> dict[str, str]:
    """Return the node label of the service's architecture."""
    return {"kubernetes.io/arch": _ARCHITECTURES[spec.architecture]}


def progress_deadline_seconds(spec: ServiceSpec) -> int:
    """Return the seconds within which the pods of a new version become ready.

    Args:
        spec: The service.
    """
    return max(PROGRESS_DEADLINE_SECONDS, spec.start_seconds + _BEFORE_AND_AFTER_START_SECONDS)


def deployment(
    spec: ServiceSpec,
    *,
    names: ObjectNames,
    labels: dict[str, str],
    image: str,
    attributes: Mapping[str, str],
    region: str,
    on_fargate: bool,
    secrets: str = "",
    sidecars: Sequence[Sidecar] = (),
) -> dict[str, Any]:
    """Return the spec of a Deployment that starts all new pods before it stops old ones.

    It sets no `replicas`: each release would reset what the autoscaler has changed.

    Args:
        spec: The service.
        names: Names of the service's objects.
        labels: All labels of the pods.
        image: The image URI.
        attributes: Resource attributes of the service's spans.
        region: The Region.
        on_fargate: Whether the pods run on Fargate.
        secrets: Name of the SecretProviderClass and of its Secret. Default: none, the spec has no secrets.
        sidecars: Containers beside that of the service. Default: none.
    """
    variables = container_environment(spec, attributes, region=region)
    size = resources_of(*rest_of(spec, sidecars))
    containers = [
        _container(spec, image, variables, secrets, size),
        *sidecar_containers(sidecars, pre_stop_seconds=PRE_STOP_SECONDS),
    ]
    return {
        "selector": {"matchLabels": names.selector},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "100%", "maxUnavailable": 0}},
        "progressDeadlineSeconds": progress_deadline_seconds(spec),
        "revisionHistoryLimit": 2,
        "template": {
            "metadata": {"labels": labels, **_disruption(spec, on_fargate)},
            "spec": {
                **_pod(spec, names, containers),
                "volumes": [*writable_volumes(spec), *secret_volumes(secrets), *sidecar_volumes(sidecars)],
                **_placement(spec, names.selector, on_fargate),
            },
        },
    }


def _pod(spec: ServiceSpec, names: ObjectNames, containers: list[dict[str, Any]]) -> dict[str, Any]:
    user, group = map(int, USER.split(":"))
    return {
        "serviceAccountName": names.name,
        # IAM credentials use a token of their own, and the service does not call the Kubernetes API.
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": PRE_STOP_SECONDS + STOP_SECONDS,
        "nodeSelector": architecture_label(spec),
        # The controller adds the gate itself only to pods that are created after the binding, which Helm applies last.
        "readinessGates": [{"conditionType": f"{_READINESS_GATE_PREFIX}{names.name}"}],
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": group,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": containers,
    }


def _disruption(spec: ServiceSpec, on_fargate: bool) -> dict[str, Any]:
    """Return the annotation that keeps Auto Mode from moving the only pod, which would stop before a new one starts.

    https://karpenter.sh/docs/concepts/disruption/#pod-level-controls
    """
    if on_fargate or spec.min_instances > 1:
        return {}
    return {"annotations": {"karpenter.sh/do-not-disrupt": "true"}}


def _placement(spec: ServiceSpec, selector: dict[str, str], on_fargate: bool) -> dict[str, Any]:
    """Return the spread over Availability Zones and instances, and the tolerations.

    Zones are preferred, not required, so that one may fail. Two instances are required, because Auto Mode starts
    another one: preferred spread fills the first instance (https://github.com/kubernetes-sigs/karpenter/issues/666).
    The price: Auto Mode assumes an empty instance when it computes the skew, so that each instance it starts gets at
    most `maxSkew` pods (https://github.com/aws/karpenter-provider-aws/issues/4666).

    Fargate supports neither (https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html). Its pods use the
    DNS of the VPC: Auto Mode serves cluster DNS on its own instances only.
    """
    if on_fargate:
        return {"dnsPolicy": "Default"}
    same_version = {"labelSelector": {"matchLabels": selector}, "matchLabelKeys": ["pod-template-hash"]}
    zones = {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"}
    instances = {
        "maxSkew": max(1, spec.min_instances // 2),
        "minDomains": 2,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "DoNotSchedule",
        "nodeTaintsPolicy": "Honor",
    }
    spread = {"topologySpreadConstraints": [{**zones, **same_version}, {**instances, **same_version}]}
    return {**spread, "tolerations": [architecture_toleration(spec)]} if spec.architecture == "arm64" else spread


def _container(
    spec: ServiceSpec, image: str, variables: Mapping[str, str], secrets: str, size: dict[str, dict[str, str]]
) -> dict[str, Any]:
    return {
        "name": NAME,
        "image": image,
        **({"args": list(spec.command)} if spec.command else {}),
        "ports": [{"name": PORT_NAME, "containerPort": spec.port}],
        "env": [
            *({"name": name, "value": value} for name, value in variables.items()),
            *secret_variables(spec, secrets),
        ],
        "resources": size,
        "volumeMounts": [*writable_mounts(spec), *secret_mounts(secrets)],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "lifecycle": {"preStop": {"sleep": {"seconds": PRE_STOP_SECONDS}}},
        **_probes(spec),
    }


def _probes(spec: ServiceSpec) -> dict[str, Any]:
    """Return the probes: `start_seconds`, then three failures until the pod gets no requests, or restarts."""
    attempts = -(-spec.start_seconds // _STARTUP_PROBE_PERIOD_SECONDS)
    return {
        "startupProbe": _probe(spec, period=_STARTUP_PROBE_PERIOD_SECONDS, failures=attempts),
        "readinessProbe": _probe(spec, period=5, failures=HEALTH_CHECK_RETRIES),
        "livenessProbe": _probe(spec, period=HEALTH_CHECK_INTERVAL_SECONDS, failures=HEALTH_CHECK_RETRIES),
    }


def _probe(spec: ServiceSpec, *, period: int, failures: int) -> dict[str, Any]:
    return {
        "httpGet": {"path": spec.health_path, "port": PORT_NAME},
        "periodSeconds": period,
        "timeoutSeconds": HEALTH_CHECK_TIMEOUT_SECONDS,
        "failureThreshold": failures,
    }
