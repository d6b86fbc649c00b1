"""kubectl in a cluster with a private endpoint: the CDK's own kubectl function, which is inside the VPC."""

from __future__ import annotations

import json
from typing import Any

from deployment.errors import ActionableError
from deployment.preflight.account import Account
from sandbox.drill import DrillContext
from sandbox.drills.target import all_resources

PERMISSIONS = ("lambda:InvokeFunction",)
_HANDLER = "KubectlProviderHandler"
# The function polls until it has an output: without one, its result is an error after this time.
_TIMEOUT_S = "20"


def names(context: DrillContext, account: Account, kind: str, *, namespace: str = "default", selector: str = "") -> str:
    """Return the names of objects, separated by spaces; "" if there is none.

    Args:
        context: the drill's context.
        account: the account.
        kind: such as "pods" or "namespaces".
        namespace: the namespace. Default: "default".
        selector: a label selector. Default: none, all objects.

    Raises:
        ActionableError: the run has no cluster, or kubectl failed.
    """
    payload = _invoke(
        context,
        account,
        "Custom::AWSCDK-EKS-KubernetesObjectValue",
        "Create",
        {
            "ObjectType": kind,
            "ObjectName": f"--selector={selector}",
            "ObjectNamespace": namespace,
            "JsonPath": ".items[*].metadata.name",
            "TimeoutSeconds": _TIMEOUT_S,
        },
    )
    return judge_names(payload)


def delete_pod(context: DrillContext, account: Account, name: str, namespace: str) -> None:
    """Delete a pod.

    Raises:
        ActionableError: the run has no cluster, or kubectl failed.
    """
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}}
    payload = _invoke(
        context, account, "Custom::AWSCDK-EKS-KubernetesResource", "Delete", {"Manifest": json.dumps([pod])}
    )
    if payload and "errorMessage" in payload:
        raise ActionableError("kubectl did not delete a pod", "its function failed", "read the log of the function")


def judge_names(payload: dict[str, Any] | None) -> str:
    """Return the names in the function's result; a time-out without an output means that there are none.

    Raises:
        ActionableError: the result is another error.
    """
    message = str((payload or {}).get("errorMessage", ""))
    if message and not ("Timeout waiting for output" in message and "last_error=None" in message):
        raise ActionableError("kubectl failed", "its function ended with an error", "read the log of the function")
    return str((payload or {}).get("Data", {}).get("Value", ""))


def _invoke(
    context: DrillContext, account: Account, resource_type: str, request: str, properties: dict[str, str]
) -> dict[str, Any] | None:
    functions = [one for one in all_resources(context, account, "AWS::Lambda::Function") if _HANDLER in one.logical_id]
    clusters = all_resources(context, account, "AWS::EKS::Cluster")
    if not functions or not clusters:
        raise ActionableError("kubectl cannot run", "no stack of the run has a cluster", "run it on an EKS target")
    event = {
        "RequestType": request,
        "ResourceType": resource_type,
        "ResourceProperties": {"ClusterName": clusters[0].id, **properties},
    }
    response = account.client("lambda").invoke(FunctionName=functions[0].id, Payload=json.dumps(event).encode())
    found: dict[str, Any] | None = json.loads(response["Payload"].read() or b"null")
    return found
