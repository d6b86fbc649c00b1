"""Kubernetes on EKS: the minimum number of pods of the Deployment in a Helm release, or its CronJob."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local_aws.emulator.config import GENERATED, EmulatorConfig
from local_aws.emulator.formats import pod
from local_aws.emulator.kept_mappings import keep
from local_aws.emulator.patches.cloudformation import Created, add_replaced_type
from local_aws.emulator.services.ecs_backed_service import EcsService, run_as_ecs_service
from local_aws.emulator.services.kubernetes_jobs import emulate_cron_jobs

_RELEASE = "Custom::AWSCDK-EKS-HelmChart"
_ROLE_ANNOTATION = "eks.amazonaws.com/role-arn"
# Helm waits six minutes for a rollout; here a rollout that has not succeeded after this time has failed.
_GRACE_PERIOD_S = 60
_ROLES: dict[tuple[str, str, str], str] = keep("kubernetes-roles", {})
"""Cluster, namespace, service account -> role ARN."""


def emulate(config: EmulatorConfig) -> None:
    """MiniStack would call the CDK's kubectl function, which needs Helm and a cluster. Not emulated: scheduling.

    Namespace, Service, disruption budget and network policy have no effect; EKS Pod Identity and service accounts give
    pods their role. The Secrets Store CSI Driver gives pods their secrets. Kubernetes restarts a container in its pod;
    here the pod is replaced, as is one that never becomes ready. Of a customized release, the Deployment behind the
    target group runs.
    """
    add_replaced_type(
        "AWS::EKS::PodIdentityAssociation",
        lambda props, _stack: _associate(props),
        lambda _id, props: _ROLES.pop(_service_account(props), None),
    )
    directory = config.directory / GENERATED
    run_as_ecs_service(_RELEASE, lambda *resource: _read(directory, *resource))
    emulate_cron_jobs(_RELEASE, lambda *resource: _read_job(directory, *resource))


def _service_account(props: dict[str, Any]) -> tuple[str, str, str]:
    return props["ClusterName"], props["Namespace"], props["ServiceAccount"]


def _associate(props: dict[str, Any]) -> Created:
    _ROLES[_service_account(props)] = props["RoleArn"]
    return "|".join(_service_account(props)), {"AssociationArn": "", "AssociationId": ""}


def _is_true(props: dict[str, Any], name: str) -> bool:
    return str(props.get(name)).lower() == "true"


def _of_kind(manifests: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def _bound(manifests: list[dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """The ARN of the target group, and the Deployment of its name, or the only one; "" for a worker."""
    deployments = _of_kind(manifests, "Deployment")
    for binding in _of_kind(manifests, "TargetGroupBinding"):
        name = binding["metadata"]["name"]
        found = next((each for each in deployments if each["metadata"]["name"] == name), deployments[0])
        return binding["spec"]["targetGroupARN"], found
    return "", deployments[0]


def _role(cluster: str, manifests: list[dict[str, Any]], namespace: str, pod_spec: dict[str, Any]) -> str:
    """ARN of the role of a pod's service account; "" without one."""
    account = pod_spec.get("serviceAccountName", "")
    annotated = {
        each["metadata"].get("name", account): each["metadata"].get("annotations", {}).get(_ROLE_ANNOTATION, "")
        for each in _of_kind(manifests, "ServiceAccount")
    }
    return str(_ROLES.get((cluster, namespace, account)) or annotated.get(account, ""))


def _definition(
    props: dict[str, Any], manifests: list[dict[str, Any]], namespace: str, pod_spec: Any
) -> dict[str, Any]:
    """The task definition of a pod."""
    secrets = {
        key: source
        for found in _of_kind(manifests, "SecretProviderClass")
        for key, source in pod.secret_keys(found).items()
    }
    return pod.task_definition(pod_spec, _role(props["ClusterName"], manifests, namespace, pod_spec), secrets)


def _read(directory: Path, logical_id: str, props: dict[str, Any], stack: str) -> EcsService:
    manifests = json.loads(props["Values"])["manifests"]
    target_group, deployment = _bound(manifests)
    autoscaler = next(iter(_of_kind(manifests, "HorizontalPodAutoscaler")), {}).get("spec", {})
    template = deployment["spec"]["template"]
    container = pod.main_container(template["spec"])
    is_atomic = _is_true(props, "Atomic")
    return EcsService(
        task_definition=_definition(props, manifests, deployment["metadata"]["namespace"], template["spec"]),
        grace_period_s=min(_GRACE_PERIOD_S, int(deployment["spec"].get("progressDeadlineSeconds", _GRACE_PERIOD_S))),
        desired_count=int(autoscaler.get("minReplicas") or deployment["spec"].get("replicas", 1)),
        port=int(container["ports"][0]["containerPort"]) if target_group else 0,
        target_group=target_group,
        probes=pod.probes(container) if target_group else None,
        # Atomic implies that Helm waits.
        wait=is_atomic or _is_true(props, "Wait"),
        rollback=is_atomic,
        file=pod.write(directory, f"{stack}-{logical_id}", template),
    )


def _read_job(
    directory: Path,
    logical_id: str,
    props: dict[str, Any],
    stack: str,
    manifests: list[dict[str, Any]],
    job: dict[str, Any],
) -> EcsService:
    template = job["spec"]["jobTemplate"]["spec"]["template"]
    return EcsService(
        task_definition=_definition(props, manifests, job["metadata"]["namespace"], template["spec"]),
        desired_count=0,
        file=pod.write(directory, f"{stack}-{logical_id}", template),
    )
