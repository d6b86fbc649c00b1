"""Machines that a template names: instances of your own, with one copy of the service on each."""

from .inside import option
from .template import Template


def machine_type(template: Template) -> str:
    """Return the instance type of a target that runs one copy on each instance of its own; "" for all others."""
    if template.of("AWS::AutoScaling::AutoScalingGroup"):
        for launched in template.of("AWS::EC2::LaunchTemplate"):
            return str(launched["LaunchTemplateData"]["InstanceType"])
    return option(template, "aws:ec2:instances", "InstanceTypes").split(",")[0]
