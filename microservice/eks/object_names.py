"""The namespace of a service, and the names of its objects in it."""

import dataclasses
import re

import aws_cdk as cdk
from constructs import Construct

# Name of the objects in a namespace of their own: they do not change with the service.
NAME = "microservice"
# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
# Every cluster has these: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
_INITIAL = ("default", "kube-node-lease", "kube-public", "kube-system")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ObjectNames:
    """Names that no field of the spec changes: an object of another name is another object.

    Attributes:
        namespace: The namespace.
        name: Name of the objects in the namespace.
        instance: Value of the label `app.kubernetes.io/instance`, which selects the pods. Kubernetes never changes a
            selector.
        creates_namespace: Whether the namespace belongs to the service.
    """

    namespace: str
    name: str
    instance: str
    creates_namespace: bool

    @property
    def selector(self) -> dict[str, str]:
        """The labels that select the pods."""
        return {"app.kubernetes.io/instance": self.instance}


def object_names(construct: Construct, *, namespace: str | None, existing_namespace: str | None) -> ObjectNames:
    """Return the names of a service's objects, from the path of its construct.

    A renamed service keeps its names; a moved construct is another service, which collides with none. In a namespace of
    its own, each object is called `microservice`; in one that exists, its name is the construct's path.

    Args:
        construct: The service.
        namespace: Name of the service's own namespace. None: the construct's path.
        existing_namespace: Name of a namespace that is shared. None: the service has its own.

    Raises:
        ValueError: A name is not valid, or both are set.
    """
    if namespace is not None and existing_namespace is not None:
        raise ValueError(
            f"{construct.node.path}: namespace={namespace!r} and existing_namespace={existing_namespace!r} are both "
            "set (allowed: one of them). Remove namespace to use the one that exists."
        )
    path = cdk.Names.unique_resource_name(construct, max_length=50, separator="-").lower()
    if existing_namespace is not None:
        _validate(construct, "existing_namespace", existing_namespace)
        return ObjectNames(namespace=existing_namespace, name=path, instance=path, creates_namespace=False)
    if namespace is not None:
        _validate(construct, "namespace", namespace)
        if namespace in _INITIAL:
            raise ValueError(
                f"{construct.node.path}: namespace={namespace!r} is not valid (allowed: a name that no namespace of "
                "the cluster has). The service creates and deletes it. Set existing_namespace instead."
            )
    return ObjectNames(namespace=namespace or path, name=NAME, instance=namespace or path, creates_namespace=True)


def _validate(construct: Construct, option: str, value: str) -> None:
    if not _LABEL.fullmatch(value):
        raise ValueError(
            f"{construct.node.path}: {option}={value!r} is not valid (allowed: 1 to 63 of a-z, 0-9 and '-', neither "
            "first nor last a '-'). Write the name in lower case; it must be known at synthesis."
        )
