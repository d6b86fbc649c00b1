"""The manifests of pods without a port: workers and jobs."""

from typing import Any

from ..spec import ServiceSpec
from .manifests import Manifest, PodContext, service_manifests

_OF_A_PORT = ("Service", "TargetGroupBinding")
_LIVENESS_PERIOD_SECONDS = 10
_LIVENESS_FAILURES = 3
# Finished jobs and their pods, with their logs, stay this long.
_DAY = 24 * 3600
# Without a deadline, Kubernetes counts 100 missed runs and stops.
# https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline
_START_WITHIN = 3600


def worker_manifests(spec: ServiceSpec, context: PodContext, *, stop_seconds: int) -> list[Manifest]:
    """Return the manifests of a worker: those of a service, without its port and whatever depends on it.

    Args:
        spec: The service.
        context: AWS values.
        stop_seconds: Seconds between SIGTERM and SIGKILL.
    """
    found = [each for each in service_manifests(spec, context) if each["kind"] not in _OF_A_PORT]
    for manifest in found:
        if manifest["kind"] == "NetworkPolicy":
            manifest["spec"]["ingress"] = []
        elif manifest["kind"] == "Deployment":
            manifest["spec"]["template"] = _without_port(spec, manifest["spec"]["template"], stop_seconds)
    return found


def job_manifests(
    spec: ServiceSpec, context: PodContext, *, schedule: str, time_zone: str, retries: int, timeout_seconds: int
) -> list[Manifest]:
    """Return the manifests of a job: a CronJob with the pod of a service, and what the pod needs.

    Args:
        spec: The service.
        context: AWS values.
        schedule: Cron expression of Kubernetes.
        time_zone: Name of the IANA time zone database.
        retries: Further pods after one that failed.
        timeout_seconds: Maximum seconds of a run with all its retries.
    """
    kept, pod = [], {}
    for manifest in worker_manifests(spec, context, stop_seconds=30):
        if manifest["kind"] == "Deployment":
            pod = manifest["spec"]["template"]
        elif manifest["kind"] in ("Namespace", "NetworkPolicy", "SecretProviderClass", "ServiceAccount"):
            kept.append(manifest)
    pod["spec"] = {name: value for name, value in pod["spec"].items() if name not in ("topologySpreadConstraints",)} | {
        "restartPolicy": "Never"
    }
    pod["spec"]["containers"][0].pop("livenessProbe", None)
    # Auto Mode moves pods to fill its instances: the run would start again.
    pod["metadata"]["annotations"] = {"karpenter.sh/do-not-disrupt": "true"}
    job = {
        "backoffLimit": retries,
        "activeDeadlineSeconds": timeout_seconds,
        "ttlSecondsAfterFinished": _DAY,
        "template": pod,
    }
    cron = {
        "schedule": schedule,
        "timeZone": time_zone,
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": _START_WITHIN,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 3,
        "jobTemplate": {"spec": job},
    }
    metadata = {
        "name": context.names.name,
        "namespace": context.names.namespace,
        "labels": {"app.kubernetes.io/name": spec.name},
    }
    return [*kept, {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": cron}]


def _without_port(spec: ServiceSpec, template: dict[str, Any], stop_seconds: int) -> dict[str, Any]:
    pod = {name: value for name, value in template["spec"].items() if name != "readinessGates"}
    [container] = pod["containers"]
    of_a_port = ("ports", "lifecycle", "startupProbe", "readinessProbe", "livenessProbe")
    container = {name: value for name, value in container.items() if name not in of_a_port}
    pod |= {
        "terminationGracePeriodSeconds": stop_seconds,
        "containers": [container | _liveness(spec)],
    }
    return template | {"spec": pod}


def _liveness(spec: ServiceSpec) -> dict[str, Any]:
    """Return the probes that run the health command of the spec, if it has one."""
    if not spec.health_command:
        return {}
    kind, *words = spec.health_command
    command = ["/bin/sh", "-c", *words] if kind == "CMD-SHELL" else words
    probe = {"exec": {"command": command}, "periodSeconds": _LIVENESS_PERIOD_SECONDS, "timeoutSeconds": 5}
    started = -(-spec.start_seconds // _LIVENESS_PERIOD_SECONDS)
    return {
        "startupProbe": probe | {"failureThreshold": started},
        "livenessProbe": probe | {"failureThreshold": _LIVENESS_FAILURES},
    }
