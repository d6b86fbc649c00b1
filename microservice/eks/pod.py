"""The pod of a service: container, probes, limits, security context, and shutdown."""

from typing import Any

from ..container_environment import container_environment
from ..defaults import (
    HEALTH_CHECK_INTERVAL_SECONDS,
    HEALTH_CHECK_RETRIES,
    HEALTH_CHECK_TIMEOUT_SECONDS,
    STOP_SECONDS,
    USER,
)
from ..spec import ServiceSpec

PORT_NAME = "http"
# A terminating pod keeps serving requests for this long, until the load balancer has deregistered it.
PRE_STOP_SECONDS = 15
# A Deployment without progress for this long has failed; Helm waits a minute longer, and rolls back.
PROGRESS_DEADLINE_SECONDS = 300
_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}


def architecture_label(spec: ServiceSpec) -> dict[str, str]:
    """Return the node label of the service's architecture."""
    return {"kubernetes.io/arch": _ARCHITECTURES[spec.architecture]}


def deployment(
    spec: ServiceSpec, labels: dict[str, str], *, image: str, region: str, on_fargate: bool
) -> dict[str, Any]:
    """Return the spec of a Deployment that starts all new pods before it stops old ones.

    It sets no `replicas`: each release would reset what the autoscaler has changed.
    """
    return {
        "selector": {"matchLabels": labels},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "100%", "maxUnavailable": 0}},
        "progressDeadlineSeconds": PROGRESS_DEADLINE_SECONDS,
        "revisionHistoryLimit": 2,
        "template": {
            "metadata": {"labels": labels},
            "spec": {**_pod(spec, image, region), **_placement(labels, on_fargate)},
        },
    }


def _pod(spec: ServiceSpec, image: str, region: str) -> dict[str, Any]:
    user, group = map(int, USER.split(":"))
    return {
        "serviceAccountName": spec.name,
        # IAM credentials use a token of their own, and the service does not call the Kubernetes API.
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": PRE_STOP_SECONDS + STOP_SECONDS,
        "nodeSelector": architecture_label(spec),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": user,
            "runAsGroup": group,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(spec, image, region)],
    }


def _placement(labels: dict[str, str], on_fargate: bool) -> dict[str, Any]:
    """Return the spread over Availability Zones: preferred, not required, so that a zone may fail.

    Fargate does not support it (https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html). Its pods use
    the DNS of the VPC: Auto Mode serves cluster DNS on its own instances only.
    """
    if on_fargate:
        return {"dnsPolicy": "Default"}
    constraint = {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": labels},
        "matchLabelKeys": ["pod-template-hash"],
    }
    return {"topologySpreadConstraints": [constraint]}


def _container(spec: ServiceSpec, image: str, region: str) -> dict[str, Any]:
    size = {"cpu": f"{round(spec.cpu * 1000 / 1024)}m", "memory": f"{spec.memory_mib}Mi"}
    return {
        "name": spec.name,
        "image": image,
        "ports": [{"name": PORT_NAME, "containerPort": spec.port}],
        "env": [{"name": name, "value": value} for name, value in container_environment(spec, region=region).items()],
        "resources": {"requests": size, "limits": size},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "lifecycle": {"preStop": {"sleep": {"seconds": PRE_STOP_SECONDS}}},
        **_probes(spec),
    }


def _probes(spec: ServiceSpec) -> dict[str, Any]:
    """Return the probes: 60 seconds to start, then three failures until the pod gets no requests, or restarts."""
    return {
        "startupProbe": _probe(spec, period=2, failures=30),
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
