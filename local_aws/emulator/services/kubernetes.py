"""EKS, our stand-in: the release's Deployment as a service, with as many pods as its scaling keeps at least."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ministack.services.cloudformation import provisioners

from local_aws.emulator.config import GENERATED, EmulatorConfig
from local_aws.emulator.engines import Engine
from local_aws.emulator.services.pod import task_definition, written
from local_aws.emulator.services.probes import probes
from local_aws.emulator.services.service import Service, run_as_service

_ASSOCIATION = "AWS::EKS::PodIdentityAssociation"
_ROLE_ANNOTATION = "eks.amazonaws.com/role-arn"
# Helm has six minutes for a rollout; one that has not succeeded in this time ends here.
_GRACE_S = 60
_ROLES: dict[tuple[str, str, str], str] = {}


def run_helm_releases(config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack would call the CDK's function, which needs Helm, kubectl and a cluster. Here nothing is scheduled.

    Namespace, Service, budget and policy are read by nobody; Pod Identity and service accounts give pods their role.
    Kubernetes starts a container anew in its pod; here the pod is new, one that does not get ready, too.
    """
    provisioners._RESOURCE_HANDLERS[_ASSOCIATION] = {
        "create": lambda _logical_id, props, _stack: _associate(props),
        "update": lambda _id, _old, new, _stack, **_: _associate(new),
        "delete": lambda _id, props: _ROLES.pop(_account(props), None),
    }
    directory = config.directory / GENERATED
    run_as_service("Custom::AWSCDK-EKS-HelmChart", lambda name, props, stack: _read(directory, name, props, stack))


def _account(props: dict[str, Any]) -> tuple[str, str, str]:
    return props["ClusterName"], props["Namespace"], props["ServiceAccount"]


def _associate(props: dict[str, Any]) -> tuple[str, dict[str, str]]:
    _ROLES[_account(props)] = props["RoleArn"]
    return "|".join(_account(props)), {"AssociationArn": "", "AssociationId": ""}


def _is_set(props: dict[str, Any], name: str) -> bool:
    return str(props.get(name)).lower() == "true"


def _read(directory: Path, logical_id: str, props: dict[str, Any], stack: str) -> Service:
    found = {manifest["kind"]: manifest for manifest in json.loads(props["Values"])["manifests"]}
    deployment, scaling = found["Deployment"], found.get("HorizontalPodAutoscaler", {}).get("spec", {})
    pod = deployment["spec"]["template"]
    [container] = pod["spec"]["containers"]
    account, namespace = pod["spec"].get("serviceAccountName", ""), deployment["metadata"]["namespace"]
    annotated = found.get("ServiceAccount", {}).get("metadata", {}).get("annotations", {}).get(_ROLE_ANNOTATION, "")
    role = _ROLES.get((props["ClusterName"], namespace, account), annotated)
    return Service(
        definition=task_definition(pod["spec"], container, role),
        grace_s=min(_GRACE_S, int(deployment["spec"].get("progressDeadlineSeconds", _GRACE_S))),
        count=int(scaling.get("minReplicas") or deployment["spec"].get("replicas", 1)),
        port=int(container["ports"][0]["containerPort"]),
        group=found["TargetGroupBinding"]["spec"]["targetGroupARN"],
        probes=probes(container),
        # Helm waits for pods that it may have to take back, whatever it is told.
        waits=_is_set(props, "Wait") or _is_set(props, "Atomic"),
        goes_back=_is_set(props, "Atomic"),
        file=written(directory, f"{stack}-{logical_id}", pod),
    )
