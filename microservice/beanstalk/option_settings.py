"""How Elastic Beanstalk deploys, checks, stops and scales an environment, in its own options.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html describes each.
"""

from collections.abc import Mapping
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticbeanstalk as elasticbeanstalk
from aws_cdk import aws_elasticloadbalancingv2 as elb

from ..defaults import STOP_SECONDS
from ..ingress.base import Ingress
from ..ec2.instance_types import InstanceType, instance_target_utilization
from ..spec import ServiceSpec

# How long a batch of instances may take to install a version and become healthy; Beanstalk adds 240 seconds.
_BATCH_SECONDS = 600
# How long a batch of instances may take to be replaced, where what changes is the instances themselves.
_REPLACEMENT = "PT30M"

Options = Mapping[str, Mapping[str, str | int]]


def service_options(spec: ServiceSpec, machine: InstanceType) -> list[Options]:
    """How it is deployed, what is asked of it, and how many instances of which kind run it."""
    return [_deployment(), _process(spec), _capacity(spec, machine)]


def _deployment() -> Options:
    """New versions in two batches on top of what runs, new instances one third at a time, platform updates weekly.

    A batch that is not healthy in time fails the deployment, CloudFormation then deploys the version before in the same
    way. AWS's own updates of the platform start a second set of instances and keep the first where it fails.
    """
    return {
        "aws:elasticbeanstalk:command": {
            "DeploymentPolicy": "RollingWithAdditionalBatch",
            "BatchSizeType": "Percentage",
            "BatchSize": 50,
            "Timeout": _BATCH_SECONDS,
        },
        "aws:autoscaling:updatepolicy:rollingupdate": {
            "RollingUpdateEnabled": "true",
            "RollingUpdateType": "Health",
            "Timeout": _REPLACEMENT,
        },
        "aws:elasticbeanstalk:healthreporting:system": {"SystemType": "enhanced"},
        "aws:elasticbeanstalk:managedactions": {"ManagedActionsEnabled": "true", "PreferredStartTime": "Tue:09:00"},
        # Docker itself is updated with the minor number.
        "aws:elasticbeanstalk:managedactions:platformupdate": {"UpdateLevel": "minor"},
        "aws:elasticbeanstalk:cloudwatch:logs": {
            "StreamLogs": "true",
            "DeleteOnTerminate": "true",
            "RetentionInDays": 30,
        },
    }


def _process(spec: ServiceSpec) -> Options:
    """What the load balancer asks every instance, for a 200 within 5 seconds, and how one leaves."""
    return {
        "aws:elasticbeanstalk:environment:process:default": {
            "Port": spec.port,
            "HealthCheckPath": spec.health_path,
            "HealthCheckInterval": 10,
            "HealthyThresholdCount": 2,
            "UnhealthyThresholdCount": 3,
            "DeregistrationDelay": STOP_SECONDS,
            "StickinessEnabled": "false",
        },
    }


def _capacity(spec: ServiceSpec, machine: InstanceType) -> Options:
    """Which instances, how many, and at which load one is added or taken away: an average of five minutes.

    The container may use its share of the instance only, so the instance's load is compared with that share.
    """
    upper = max(2, round(instance_target_utilization(spec, machine)))
    return {
        "aws:autoscaling:asg": {"MinSize": spec.min_instances, "MaxSize": spec.max_instances},
        "aws:autoscaling:trigger": {
            "MeasureName": "CPUUtilization",
            "Unit": "Percent",
            "UpperThreshold": upper,
            "LowerThreshold": upper // 2,
        },
        "aws:ec2:instances": {"InstanceTypes": machine.instance_type, "SupportedArchitectures": spec.architecture},
    }


def network_options(vpc: ec2.IVpc, ingress: Ingress, instances: ec2.ISecurityGroup) -> Options:
    """Private instances behind the front door's load balancer, which CloudFormation owns and Beanstalk shares.

    To a shared load balancer Beanstalk adds a rule for the environment's own name, unless `HostHeaders` says others:
    here the front door's, and AWS's own, because an HTTP API may call the load balancer by its name.
    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environments-cfg-alb-shared.html
    """
    balancer = cast("elb.CfnLoadBalancer", ingress.load_balancer.node.default_child)
    listener = cast("elb.CfnListener", ingress.listener.node.default_child)
    host = cdk.Fn.select(2, cdk.Fn.split("/", ingress.url))
    return {
        "aws:ec2:vpc": {
            "VPCId": vpc.vpc_id,
            "Subnets": ",".join(subnet.subnet_id for subnet in vpc.private_subnets),
            "ELBSubnets": cdk.Fn.join(",", balancer.subnets or []),
            "ELBScheme": "internal" if balancer.scheme == "internal" else "public",
            "AssociatePublicIpAddress": "false",
        },
        "aws:elasticbeanstalk:environment": {"LoadBalancerType": "application", "LoadBalancerIsShared": "true"},
        "aws:elbv2:loadbalancer": {
            "SharedLoadBalancer": balancer.ref,
            # Without these Beanstalk would attach a group of its own, open to everybody.
            "SecurityGroups": cdk.Fn.join(",", balancer.security_groups or []),
        },
        f"aws:elbv2:listener:{listener.port}": {"Rules": "everything"},
        "aws:elbv2:listenerrule:everything": {"HostHeaders": f"{host},*.{cdk.Aws.URL_SUFFIX}"},
        "aws:autoscaling:launchconfiguration": {
            "SecurityGroups": instances.security_group_id,
            "DisableDefaultEC2SecurityGroup": "true",
            "DisableIMDSv1": "true",
            "RootVolumeType": "gp3",
        },
    }


def option_settings(*options: Options) -> list[Any]:
    """The options as CloudFormation takes them: one entry each, every value a string."""
    return [
        elasticbeanstalk.CfnEnvironment.OptionSettingProperty(namespace=namespace, option_name=name, value=str(value))
        for group in options
        for namespace, settings in group.items()
        for name, value in settings.items()
    ]
