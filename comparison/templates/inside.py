"""The Kubernetes objects and Beanstalk options that a template carries inside one property."""

from collections.abc import Iterator, Mapping
from typing import Any

from .template import Template

HELM = "Custom::AWSCDK-EKS-HelmChart"
ENVIRONMENT = "AWS::ElasticBeanstalk::Environment"


def manifests(template: Template, kind: str) -> Iterator[Mapping[str, Any]]:
    """Yield the Kubernetes objects of a kind among the values of the template's Helm releases."""
    for release in template.of(HELM):
        values = release.get("Values")
        if isinstance(values, Mapping):
            yield from (found for found in values.get("manifests", []) if found.get("kind") == kind)


def option(template: Template, namespace: str, name: str) -> str:
    """Return the value of an Elastic Beanstalk option, "" where it is not set."""
    for environment in template.of(ENVIRONMENT):
        for setting in environment.get("OptionSettings", []):
            if (setting["Namespace"], setting["OptionName"]) == (namespace, name):
                return str(setting["Value"])
    return ""
