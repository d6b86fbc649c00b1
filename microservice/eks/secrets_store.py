"""Secrets as environment variables: mounted by the Secrets Store CSI Driver, which copies them to a Kubernetes Secret.

The cluster needs the add-on `aws-secrets-store-csi-driver-provider` with `syncSecret.enabled`:
https://docs.aws.amazon.com/secretsmanager/latest/userguide/ascp-eks-installation.html
https://secrets-store-csi-driver.sigs.k8s.io/topics/set-as-env-var
"""

import hashlib
import json
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..secrets import grant_read_secrets, is_parameter, secret_arn
from ..spec import ServiceSpec

_VOLUME = "secrets"
_MOUNT_PATH = "/var/run/secrets-store.csi.k8s.io"
_Source = tuple[str, str, str]
"""ARN, version stage and version ID; the last two may be empty."""


def secrets_name(construct: Construct, spec: ServiceSpec, name: str) -> str:
    """Return the name of the SecretProviderClass and of the Secret, or an empty string without secrets.

    Another mapping has another name: the Secret of an old version would give its values to new pods.

    Args:
        construct: The service.
        spec: The service.
        name: Name of the service's objects.
    """
    if not spec.secrets:
        return ""
    known = json.dumps(cdk.Stack.of(construct).resolve(dict(spec.secrets)), sort_keys=True)
    return f"{name}-{hashlib.sha256(known.encode()).hexdigest()[:8]}"


def grant_mount_secrets(role: iam.IGrantable, spec: ServiceSpec) -> None:
    """Allow the role of the pods to read the secrets, and to find out whether a newer version exists.

    The provider uses the role of the pod that mounts the secrets.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/ascp-pod-identity-integration.html

    Args:
        role: The role of the pods.
        spec: The service.
    """
    grant_read_secrets(role, spec)
    secrets = sorted({secret_arn(value) for value in spec.secrets.values() if not is_parameter(value)})
    if secrets:
        statement = iam.PolicyStatement(actions=["secretsmanager:DescribeSecret"], resources=secrets)
        role.grant_principal.add_to_principal_policy(statement)


def secret_provider_class(spec: ServiceSpec, *, name: str, region: str) -> dict[str, Any]:
    """Return the spec of the SecretProviderClass: what is mounted, and copied to which key of the Secret.

    Args:
        spec: The service.
        name: Name of the Secret.
        region: The Region of the secrets.
    """
    sources = _sources(spec)
    parameters = {
        "region": region,
        "usePodIdentity": "true",
        # A string of YAML; JSON is YAML.
        "objects": json.dumps([_object(source, keys) for source, keys in sources.items()]),
    }
    data = [
        {"objectName": variable if key else _file(keys), "key": variable}
        for keys in sources.values()
        for variable, key in keys.items()
    ]
    secret = {"secretName": name, "type": "Opaque", "data": data}
    return {"provider": "aws", "parameters": parameters, "secretObjects": [secret]}


def secret_variables(spec: ServiceSpec, name: str) -> list[dict[str, Any]]:
    """Return the environment variables that take their values from the Secret.

    Args:
        spec: The service.
        name: Name of the Secret.
    """
    return [
        {"name": variable, "valueFrom": {"secretKeyRef": {"name": name, "key": variable}}} for variable in spec.secrets
    ]


def secret_volumes(name: str) -> list[dict[str, Any]]:
    """Return the volume without which the driver creates no Secret; none without secrets.

    Args:
        name: Name of the SecretProviderClass.
    """
    attributes = {"secretProviderClass": name}
    csi = {"driver": "secrets-store.csi.k8s.io", "readOnly": True, "volumeAttributes": attributes}
    return [{"name": _VOLUME, "csi": csi}] if name else []


def secret_mounts(name: str) -> list[dict[str, Any]]:
    """Return the mount of that volume.

    Args:
        name: Name of the SecretProviderClass.
    """
    return [{"name": _VOLUME, "mountPath": _MOUNT_PATH, "readOnly": True}] if name else []


def _sources(spec: ServiceSpec) -> dict[_Source, dict[str, str]]:
    """Return what is read -> variable -> key of the JSON; an empty key is the whole value.

    The provider rejects a secret that is named twice, and returns a parameter once.
    """
    found: dict[_Source, dict[str, str]] = {}
    for variable, value in sorted(spec.secrets.items()):
        arn = secret_arn(value)
        key, stage, version = [*value.removeprefix(arn).split(":")[1:], "", "", ""][:3]
        found.setdefault((arn, stage, version), {})[variable] = key
    return found


def _object(source: _Source, keys: dict[str, str]) -> dict[str, Any]:
    arn, stage, version = source
    # In JMESPath, a name in quotation marks may have any characters.
    paths = [{"path": json.dumps(key), "objectAlias": variable} for variable, key in keys.items() if key]
    return {
        "objectName": arn,
        "objectType": "ssmparameter" if is_parameter(arn) else "secretsmanager",
        "objectAlias": _file(keys),
        **({"objectVersionLabel": stage} if stage else {}),
        **({"objectVersion": version} if version else {}),
        **({"jmesPath": paths} if paths else {}),
    }


def _file(keys: dict[str, str]) -> str:
    """Return the file with the whole value. No variable has a dot in its name."""
    return f"{min(keys)}.value"
