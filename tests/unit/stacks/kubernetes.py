"""Kubernetes manifests as a template hands them to Helm."""

from typing import Any

from tests.conftest import Template
from tests.snapshot.readable import readable

Manifest = dict[str, Any]


def release(template: Template) -> dict[str, Any]:
    """The resource that is the Helm release."""
    [found] = [found for found in template["Resources"].values() if found["Type"] == "Custom::AWSCDK-EKS-HelmChart"]
    resource: dict[str, Any] = found
    return resource


def manifests(template: Template) -> list[Manifest]:
    """What is applied; `${Ref:Name}` stands for what is known at deployment only."""
    found: list[Manifest] = release(readable(template))["Properties"]["Values"]["manifests"]
    return found


def manifest(template: Template, kind: str) -> Manifest:
    """The one manifest of a kind."""
    [found] = [found for found in manifests(template) if found["kind"] == kind]
    return found
