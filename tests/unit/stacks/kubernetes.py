"""The Helm release of a template, and its Kubernetes manifests."""

from typing import Any

from tests.conftest import Template, resource
from tests.snapshot.readable import readable

Manifest = dict[str, Any]


def release(template: Template) -> dict[str, Any]:
    """The resource of the Helm release."""
    return resource(template, "Custom::AWSCDK-EKS-HelmChart")


def manifests(template: Template) -> list[Manifest]:
    """The manifests of the release; `${Ref:Name}` represents a value that is known at deployment only."""
    found: list[Manifest] = release(readable(template))["Properties"]["Values"]["manifests"]
    return found


def manifest(template: Template, kind: str) -> Manifest:
    """The manifest of a kind; there is one."""
    [found] = [found for found in manifests(template) if found["kind"] == kind]
    return found
