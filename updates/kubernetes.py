"""Findings about objects in a cluster, by the rules of Kubernetes, Helm and the load balancer controller."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from updates.change_set import Action, ChangeSet, ResourceChange, differences
from updates.findings import Finding, Kind

HELM_CHART = "Custom::AWSCDK-EKS-HelmChart"
MANIFEST = "Custom::AWSCDK-EKS-KubernetesResource"

_CONTROLLER = "https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/2764"
_API = "https://kubernetes.io/docs/reference/kubernetes-api"
# Kind -> path of a field that cannot change -> page.
IMMUTABLE: Mapping[str, Mapping[str, str]] = {
    "Deployment": {"spec/selector": f"{_API}/workload-resources/deployment-v1/"},
    "DaemonSet": {"spec/selector": f"{_API}/workload-resources/daemon-set-v1/"},
    "StatefulSet": {
        "spec/selector": f"{_API}/workload-resources/stateful-set-v1/",
        "spec/serviceName": f"{_API}/workload-resources/stateful-set-v1/",
        "spec/volumeClaimTemplates": f"{_API}/workload-resources/stateful-set-v1/",
    },
    "Job": {
        "spec/template": "https://kubernetes.io/docs/concepts/workloads/controllers/job/",
        "spec/selector": "https://kubernetes.io/docs/concepts/workloads/controllers/job/",
        "spec/completionMode": "https://kubernetes.io/docs/concepts/workloads/controllers/job/",
    },
    "Service": {"spec/clusterIP": f"{_API}/service-resources/service-v1/"},
    "PersistentVolumeClaim": {
        "spec/accessModes": f"{_API}/config-and-storage-resources/persistent-volume-claim-v1/",
        "spec/storageClassName": f"{_API}/config-and-storage-resources/persistent-volume-claim-v1/",
        "spec/volumeName": f"{_API}/config-and-storage-resources/persistent-volume-claim-v1/",
    },
    "RoleBinding": {"roleRef": "https://kubernetes.io/docs/reference/access-authn-authz/rbac/"},
    "ClusterRoleBinding": {"roleRef": "https://kubernetes.io/docs/reference/access-authn-authz/rbac/"},
    "Secret": {"type": f"{_API}/config-and-storage-resources/secret-v1/"},
    "TargetGroupBinding": {
        f"spec/{field}": _CONTROLLER
        for field in ("targetGroupARN", "targetGroupName", "targetType", "ipAddressType", "vpcID")
    },
}
_WORKLOADS = ("DaemonSet", "Deployment", "StatefulSet")
# Objects whose removal takes requests or data away.
_SERVING = frozenset({*_WORKLOADS, "Ingress", "Namespace", "PersistentVolumeClaim", "Service", "TargetGroupBinding"})
Identity = tuple[str, str, str]
"""Kind, namespace and name of an object."""


@dataclass(frozen=True)
class Objects:
    """The objects of a custom resource before and after an update."""

    change: ResourceChange
    before: Mapping[Identity, Mapping[str, Any]]
    after: Mapping[Identity, Mapping[str, Any]]


def objects_of(change: ResourceChange) -> Objects:
    """Return the objects of a Helm release or a manifest."""
    return Objects(change, _objects(change.type, change.before), _objects(change.type, change.after))


def rolls_pods(change: ResourceChange) -> bool:
    """Return whether an update replaces pods, step by step."""
    return bool(_rolled(objects_of(change)))


def object_changes(change: ResourceChange) -> Iterator[tuple[str, str, list[str]]]:
    """Yield action, object and changed paths of each object that an update of a release or manifest changes."""
    objects = objects_of(change)
    for identity in sorted(objects.before.keys() | objects.after.keys()):
        before, after = objects.before.get(identity), objects.after.get(identity)
        name = "/".join(filter(None, identity))
        if before is None or after is None:
            yield ("removed" if after is None else "added"), name, []
        elif paths := [path for path, _, _ in differences(before, after)]:
            yield "modified", name, paths


def kubernetes_findings(changes: ChangeSet) -> Iterator[Finding]:
    """Yield the findings about objects in clusters."""
    updated = [objects_of(change) for change in changes.changes.values() if change.type in (HELM_CHART, MANIFEST)]
    for objects in updated:
        yield from _immutable(changes, objects)
        yield from _removed(changes, objects)
        yield from _closed_ports(changes, objects)
        yield from _collisions(changes, objects)
        yield from _bound(changes, objects)


def _immutable(changes: ChangeSet, objects: Objects) -> Iterator[Finding]:
    for identity, before, after in _kept(objects):
        for field, page in IMMUTABLE.get(identity[0], {}).items():
            old, new = _value(before, field), _value(after, field)
            # A field that is absent keeps the value that the cluster has chosen.
            if old != new and new is not None:
                text = f"Helm fails and rolls back: the field cannot change ({page})."
                yield _finding(changes, Kind.IMMUTABLE, objects, identity, field, text)


def _removed(changes: ChangeSet, objects: Objects) -> Iterator[Finding]:
    # A removed release or stack is a finding itself.
    if objects.change.action is Action.REMOVED:
        return
    removed = [identity for identity in objects.before.keys() - objects.after.keys() if identity[0] in _SERVING]
    if removed:
        text = f"Helm deletes {_listed(removed)} before the pods of the new version are ready."
        yield _finding(changes, Kind.REMOVAL, objects, min(removed), "", text)


def _closed_ports(changes: ChangeSet, objects: Objects) -> Iterator[Finding]:
    """A network policy that no longer allows a port on which pods of the old version still listen."""
    for identity, before, after in _kept(objects):
        if identity[0] != "NetworkPolicy" or not _rolled(objects):
            continue
        if closed := _allowed_ports(before) - _allowed_ports(after):
            ports = ", ".join(sorted(closed))
            text = f"The policy closes port {ports} at once, while pods of the old version serve on it."
            yield _finding(changes, Kind.CLOSED_PORT, objects, identity, "spec/ingress", text)


def _collisions(changes: ChangeSet, objects: Objects) -> Iterator[Finding]:
    """Objects of a new release that another release owns (https://helm.sh/docs/topics/advanced/)."""
    if not objects.change.is_new:
        return
    cluster = objects.change.after.get("ClusterName")
    for (stack, logical_id), (type_, properties) in changes.existing.items():
        if type_ not in (HELM_CHART, MANIFEST) or properties.get("ClusterName") != cluster:
            continue
        if owned := objects.after.keys() & _objects(type_, properties).keys():
            text = f"Helm cannot create {_listed(owned)}: it belongs to the release of {stack}/{logical_id}."
            yield _finding(changes, Kind.COLLISION, objects, min(owned), "metadata/name", text)


def _bound(changes: ChangeSet, objects: Objects) -> Iterator[Finding]:
    """New bindings to a target group that another binding has.

    https://github.com/kubernetes-sigs/aws-load-balancer-controller/pull/2098
    """
    field = "spec/targetGroupARN"
    bound = {
        _value(manifest, field): identity
        for identity, manifest in objects.before.items()
        if identity[0] == "TargetGroupBinding"
    }
    for identity in objects.after.keys() - objects.before.keys():
        other = bound.get(_value(objects.after[identity], field))
        if identity[0] == "TargetGroupBinding" and other:
            text = f"The controller rejects it: the target group is bound to {other[1]}/{other[2]}."
            yield _finding(changes, Kind.COLLISION, objects, identity, field, text)


def _rolled(objects: Objects) -> list[Identity]:
    """Workloads whose pods are replaced, step by step: those whose pod template changes."""
    return [
        identity
        for identity, before, after in _kept(objects)
        if identity[0] in _WORKLOADS
        and any(differences(_value(before, "spec/template"), _value(after, "spec/template")))
    ]


def _kept(objects: Objects) -> Iterator[tuple[Identity, Mapping[str, Any], Mapping[str, Any]]]:
    for identity in sorted(objects.before.keys() & objects.after.keys()):
        yield identity, objects.before[identity], objects.after[identity]


def _allowed_ports(policy: Mapping[str, Any]) -> set[str]:
    rules = _value(policy, "spec/ingress") or []
    return {str(port.get("port")) for rule in rules for port in rule.get("ports", [])}


def _objects(type_: str, properties: Mapping[str, Any]) -> Mapping[Identity, Mapping[str, Any]]:
    if not properties:
        return {}
    text = properties.get("Values" if type_ == HELM_CHART else "Manifest") or "{}"
    found = json.loads(text) if isinstance(text, str) else text
    manifests = found.get("manifests", []) if isinstance(found, dict) else found
    return {_identity(manifest): manifest for manifest in manifests}


def _identity(manifest: Mapping[str, Any]) -> Identity:
    metadata = manifest["metadata"]
    return str(manifest["kind"]), str(metadata.get("namespace", "")), str(metadata["name"])


def _listed(identities: Collection[Identity]) -> str:
    """The first object, and how many others there are."""
    kind, namespace, name = min(identities)
    others = f" and {len(identities) - 1} other objects" if len(identities) > 1 else ""
    return f"{kind} {namespace}/{name}{others}" if namespace else f"{kind} {name}{others}"


def _value(manifest: Any, path: str) -> Any:
    for name in path.split("/"):
        manifest = manifest.get(name) if isinstance(manifest, dict) else None
    return manifest


def _finding(changes: ChangeSet, kind: Kind, objects: Objects, identity: Identity, field: str, text: str) -> Finding:
    name = "/".join(filter(None, identity[1:]))
    return Finding(
        kind=kind,
        stack=objects.change.stack,
        logical_id=objects.change.logical_id,
        type=objects.change.type if kind is Kind.REMOVAL or field == "metadata/name" else identity[0],
        property=field,
        consequence=text,
        cascade=(*changes.cascade(objects.change), f"{identity[0]} {name}: {field or 'removed'}"),
    )
