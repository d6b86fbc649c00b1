"""How Kubernetes runs the container: checked, limited, nobody in particular, and stopped in its own time."""

from typing import Any

from ..defaults import STOP_SECONDS, USER
from ..spec import ServiceSpec
from ..tracing import tracing_environment

PORT_NAME = "http"
# A pod that stops keeps answering until the load balancer sends it nothing more; then its requests have their time.
PRE_STOP_SECONDS = 15
# Kubernetes gives up on a version that is not ready by then; Helm waits a little longer, and goes back.
PROGRESS_DEADLINE_SECONDS = 300
_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}


def architecture_label(spec: ServiceSpec) -> dict[str, str]:
    """What nodes that can run the service's image are labelled with."""
    return {"kubernetes.io/arch": _ARCHITECTURES[spec.architecture]}


def deployment(
    spec: ServiceSpec, labels: dict[str, str], *, image: str, region: str, on_fargate: bool
) -> dict[str, Any]:
    """The Deployment's spec: all new copies beside the old ones, which leave as the new ones get ready.

    It has no number of copies: a release would put back to it what scaling has made of it since.
    """
    return {
        "selector": {"matchLabels": labels},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "100%", "maxUnavailable": 0}},
        "progressDeadlineSeconds": PROGRESS_DEADLINE_SECONDS,
        "revisionHistoryLimit": 2,
        "template": {
            "metadata": {"labels": labels},
            "spec": {**_pod(spec, image, region), **_placed(labels, on_fargate)},
        },
    }


def _pod(spec: ServiceSpec, image: str, region: str) -> dict[str, Any]:
    user, group = map(int, USER.split(":"))
    return {
        "serviceAccountName": spec.name,
        # The role's credentials come with a token of their own; Kubernetes' API is nothing that the service calls.
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


def _placed(labels: dict[str, str], on_fargate: bool) -> dict[str, Any]:
    """In different zones, asked and not told: with one out of order all copies run in what is left.

    Fargate cannot be asked (https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html). Its pods ask the
    VPC for names: Auto Mode answers them on its instances only, and a service of AWS's has no name in the cluster.
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
    environment = {**tracing_environment(spec), "AWS_REGION": region, "PORT": str(spec.port), **spec.environment}
    return {
        "name": spec.name,
        "image": image,
        "ports": [{"name": PORT_NAME, "containerPort": spec.port}],
        "env": [{"name": name, "value": value} for name, value in environment.items()],
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
    """A minute to start; then out of the load balancer after three failures, and started again after three more."""
    asked = {"httpGet": {"path": spec.health_path, "port": PORT_NAME}}
    return {
        "startupProbe": {**asked, "periodSeconds": 2, "timeoutSeconds": 5, "failureThreshold": 30},
        "readinessProbe": {**asked, "periodSeconds": 5, "timeoutSeconds": 5, "failureThreshold": 3},
        "livenessProbe": {**asked, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 3},
    }
