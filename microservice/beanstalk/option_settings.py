"""The option settings of an environment: deployment, health check, capacity, and network.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html
"""

from collections.abc import Mapping
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticbeanstalk as elasticbeanstalk
from aws_cdk import aws_elasticloadbalancingv2 as elb

from ..defaults import HEALTH_CHECK_INTERVAL_SECONDS, HEALTHY_THRESHOLD, HOST_PORT, STOP_SECONDS, UNHEALTHY_THRESHOLD
from ..ingress.base import Ingress
from ..instance_types import InstanceType, instance_target_utilization
from ..spec import ServiceSpec
from ..subnets import private_subnets

# Seconds that new instances have to install a version, besides the start of the service: at most 3600 together.
_DEPLOYMENT_SECONDS = 1140
# Seconds of replaced instances, if a change requires new ones: at most an hour together.
_REPLACEMENT_SECONDS = 1740
# Minutes above or below a threshold until the number of instances changes: longer than an instance boots, which uses
# more CPU than the service. The start of the service comes on top.
_BOOT_MINUTES = 14

Options = Mapping[str, Mapping[str, str | int]]


def service_options(spec: ServiceSpec, instance_type: InstanceType) -> list[Options]:
    """Return the options for deployments, the health check, and capacity."""
    return [_deployment(spec), _process(spec), _capacity(spec, instance_type)]


def _deployment(spec: ServiceSpec) -> Options:
    """Return the deployment policy, immutable for versions and for configuration, and weekly managed platform updates.

    An immutable deployment starts a second set of instances, which get requests when they are healthy, and then
    terminates the first set. If the second is not healthy in time, Beanstalk terminates it and keeps the first, and the
    stack rolls back. With `RollingWithAdditionalBatch`, Beanstalk has run plain rolling deployments, if options such as
    `VPCId` are in the same call (https://github.com/aws/aws-sdk-ruby/issues/1394).
    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environmentmgmt-updates-immutable.html
    """
    return {
        "aws:elasticbeanstalk:command": {
            "DeploymentPolicy": "Immutable",
            "Timeout": _DEPLOYMENT_SECONDS + spec.start_seconds,
        },
        "aws:autoscaling:updatepolicy:rollingupdate": {
            "RollingUpdateEnabled": "true",
            "RollingUpdateType": "Immutable",
            "Timeout": f"PT{_minutes(_REPLACEMENT_SECONDS + spec.start_seconds)}M",
        },
        "aws:elasticbeanstalk:healthreporting:system": {"SystemType": "enhanced"},
        "aws:elasticbeanstalk:managedactions": {"ManagedActionsEnabled": "true", "PreferredStartTime": "Tue:09:00"},
        # Docker is updated with minor versions.
        "aws:elasticbeanstalk:managedactions:platformupdate": {"UpdateLevel": "minor"},
        "aws:elasticbeanstalk:cloudwatch:logs": {
            "StreamLogs": "true",
            "DeleteOnTerminate": "true",
            "RetentionInDays": 30,
        },
    }


def _process(spec: ServiceSpec) -> Options:
    """Return the health check, a response within 5 seconds, and the deregistration delay."""
    return {
        "aws:elasticbeanstalk:environment:process:default": {
            "Port": HOST_PORT,
            "MatcherHTTPCode": spec.health_codes,
            "HealthCheckPath": spec.health_path,
            "HealthCheckInterval": HEALTH_CHECK_INTERVAL_SECONDS,
            "HealthyThresholdCount": HEALTHY_THRESHOLD,
            "UnhealthyThresholdCount": UNHEALTHY_THRESHOLD,
            "DeregistrationDelay": STOP_SECONDS,
            "StickinessEnabled": "false",
        },
    }


def _capacity(spec: ServiceSpec, instance_type: InstanceType) -> Options:
    """Return instance type, number of instances, and scaling on CPU utilization over 15 minutes and more.

    The threshold is the utilization of the whole instance, of which the container may use a part.
    """
    upper = max(2, round(instance_target_utilization(spec, instance_type)))
    return {
        "aws:autoscaling:asg": {"MinSize": spec.min_instances, "MaxSize": spec.max_instances},
        "aws:autoscaling:trigger": {
            "MeasureName": "CPUUtilization",
            "Unit": "Percent",
            "UpperThreshold": upper,
            "LowerThreshold": upper // 2,
            "BreachDuration": _BOOT_MINUTES + _minutes(spec.start_seconds),
        },
        "aws:ec2:instances": {"InstanceTypes": instance_type.name, "SupportedArchitectures": spec.architecture},
    }


def _minutes(seconds: int) -> int:
    """Return whole minutes, rounded up."""
    return -(-seconds // 60)


def network_options(vpc: ec2.IVpc, ingress: Ingress, instances: ec2.ISecurityGroup) -> Options:
    """Return the options for private instances behind a load balancer that CloudFormation owns and Beanstalk shares.

    Beanstalk adds a listener rule to a shared load balancer. By default it matches the environment's CNAME; with
    `HostHeaders` it matches the endpoint's host name, and the names of AWS, with which an HTTP API may call.
    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environments-cfg-alb-shared.html

    Args:
        vpc: The VPC.
        ingress: The endpoint with the load balancer.
        instances: Security group of the instances.
    """
    balancer = cast("elb.CfnLoadBalancer", ingress.load_balancer.node.default_child)
    listener = cast("elb.CfnListener", ingress.listener.node.default_child)
    host = cdk.Fn.select(2, cdk.Fn.split("/", ingress.url))
    return {
        "aws:ec2:vpc": {
            "VPCId": vpc.vpc_id,
            "Subnets": ",".join(private_subnets(vpc, "Elastic Beanstalk").subnet_ids),
            "ELBSubnets": cdk.Fn.join(",", balancer.subnets or []),
            "ELBScheme": "internal" if balancer.scheme == "internal" else "public",
            "AssociatePublicIpAddress": "false",
        },
        "aws:elasticbeanstalk:environment": {"LoadBalancerType": "application", "LoadBalancerIsShared": "true"},
        "aws:elbv2:loadbalancer": {
            "SharedLoadBalancer": balancer.ref,
            # Without security groups, Beanstalk adds one that is open to the internet.
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
    """Return the options as CloudFormation properties, with every value as a string."""
    return [
        elasticbeanstalk.CfnEnvironment.OptionSettingProperty(namespace=namespace, option_name=name, value=str(value))
        for group in options
        for namespace, settings in group.items()
        for name, value in settings.items()
    ]
