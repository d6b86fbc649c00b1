"""The smallest compute capacity that new services start with, from their templates.

A deployment of a new version runs more for minutes: it starts new tasks or instances before it stops old ones.
"""

from __future__ import annotations

from deployment.preflight.account import Account
from deployment.preflight.plan import Plan, as_number
from deployment.template import Resource

_SERVICE, _EXPRESS = "AWS::ECS::Service", "AWS::ECS::ExpressGatewayService"
_GROUP, _ENVIRONMENT = "AWS::AutoScaling::AutoScalingGroup", "AWS::ElasticBeanstalk::Environment"
_PROVIDER, _CLUSTER = "AWS::ECS::CapacityProvider", "AWS::EKS::Cluster"
ON_FARGATE = (_SERVICE, _EXPRESS)
ON_EC2 = (_GROUP, _ENVIRONMENT, _PROVIDER, _CLUSTER)
_UNITS_OF_A_VCPU = 1024
# The smallest instance that EKS Auto Mode and ECS Managed Instances choose unless the template asks for more.
_SMALLEST_INSTANCE_VCPUS = 2


def fargate_vcpus(plan: Plan, account: Account) -> float:
    """Return the vCPUs of the tasks of new services on Fargate; pods on Fargate are not counted."""
    total = 0.0
    for service in account.new_resources(plan, *ON_FARGATE):
        if service.type == _EXPRESS:
            tasks = as_number(service.properties.get("ScalingTarget", {}).get("MinTaskCount", 1))
            definition = plan.follow(service, service.properties.get("TaskDefinitionArn"))
        elif _is_on_fargate(service):
            tasks = _min_tasks(plan, service)
            definition = plan.follow(service, service.properties.get("TaskDefinition"))
        else:
            continue
        total += tasks * as_number(definition.properties.get("Cpu") if definition else 0) / _UNITS_OF_A_VCPU
    return total


def _is_on_fargate(service: Resource) -> bool:
    providers = service.properties.get("CapacityProviderStrategy", ())
    names = [provider.get("CapacityProvider") for provider in providers]
    return service.properties.get("LaunchType") == "FARGATE" or any(
        isinstance(name, str) and name.startswith("FARGATE") for name in names
    )


def _min_tasks(plan: Plan, service: Resource) -> float:
    targets = [
        found
        for found in plan.resources("AWS::ApplicationAutoScaling::ScalableTarget")
        if found.stack == service.stack and service.logical_id in found.referenced_ids
    ]
    counts = [as_number(found.properties.get("MinCapacity")) for found in targets]
    return max([*counts, as_number(service.properties.get("DesiredCount", 0 if counts else 1))])


def ec2_vcpus(plan: Plan, account: Account) -> float:
    """Return the vCPUs of the instances that new groups, environments, capacity providers and clusters start with."""
    total = 0.0
    for resource in account.new_resources(plan, *ON_EC2):
        if resource.type == _GROUP:
            count = as_number(resource.properties.get("MinSize"))
            total += count * _vcpus(account, _instance_type(plan, resource))
        elif resource.type == _ENVIRONMENT:
            options = {
                (option["Namespace"], option["OptionName"]): option.get("Value")
                for option in resource.properties.get("OptionSettings", ())
            }
            count = as_number(options.get(("aws:autoscaling:asg", "MinSize"), 1))
            types = str(options.get(("aws:ec2:instances", "InstanceTypes"), ""))
            total += count * _vcpus(account, types.split(",")[0].strip())
        elif resource.type == _PROVIDER:
            total += max(_SMALLEST_INSTANCE_VCPUS, _required_vcpus(resource))
        elif resource.properties.get("ComputeConfig", {}).get("Enabled"):
            total += _SMALLEST_INSTANCE_VCPUS
    return total


def _instance_type(plan: Plan, group: Resource) -> str:
    template = plan.follow(group, group.properties.get("LaunchTemplate", {}).get("LaunchTemplateId"))
    return str(template.properties.get("LaunchTemplateData", {}).get("InstanceType", "")) if template else ""


def _required_vcpus(provider: Resource) -> float:
    instances = provider.properties.get("ManagedInstancesProvider", {}).get("InstanceLaunchTemplate", {})
    return as_number(instances.get("InstanceRequirements", {}).get("VCpuCount", {}).get("Min"))


def _vcpus(account: Account, instance_type: str) -> float:
    if not instance_type:
        return _SMALLEST_INSTANCE_VCPUS
    [found] = account.client("ec2").describe_instance_types(InstanceTypes=[instance_type])["InstanceTypes"]
    return float(found["VCpuInfo"]["DefaultVCpus"])
