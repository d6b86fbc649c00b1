"""The Auto Scaling group and launch template of the instances, and their rolling update."""

import aws_cdk as cdk
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..instance_types import InstanceType, instance_target_utilization
from ..nag import acknowledge
from ..spec import ServiceSpec
from ..subnets import private_subnets
from .user_data import boot_seconds

# https://docs.aws.amazon.com/linux/al2023/ug/ec2.html (public SSM parameters)
_AMI = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{}"
_VOLUME_GIB = 20
# CPU utilization during the installation, which takes two to three minutes, does not reflect the load; nor does it
# during the start of the service, which comes on top.
_INSTALLATION_SECONDS = 180
# Patches arrive with new instances. Each is replaced after this time, one after the other.
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-max-instance-lifetime.html
_LIFETIME = cdk.Duration.days(30)


def launch_template(
    scope: Construct,
    spec: ServiceSpec,
    instance_type: InstanceType,
    *,
    vpc: ec2.IVpc,
    role: iam.Role,
    user_data: ec2.UserData,
) -> ec2.LaunchTemplate:
    """Create a launch template with the latest Amazon Linux 2023, resolved when an instance starts.

    It has no SSH key and opens no port but the service's: Session Manager needs neither. Amazon Linux includes, and
    patches, the AWS tools that the instance needs (agents, ECR credential helper, cfn-signal); Debian has Podman in its
    core repository, but none of these.

    Args:
        scope: The parent construct.
        spec: The service.
        instance_type: The instance type.
        vpc: The VPC of the instances.
        role: The instance role.
        user_data: The user data.
    """
    disk = ec2.BlockDeviceVolume.ebs(
        _VOLUME_GIB, volume_type=ec2.EbsDeviceVolumeType.GP3, encrypted=True, delete_on_termination=True
    )
    return ec2.LaunchTemplate(
        scope,
        "LaunchTemplate",
        instance_type=ec2.InstanceType(instance_type.name),
        machine_image=ec2.MachineImage.resolve_ssm_parameter_at_launch(_AMI.format(spec.architecture)),
        user_data=user_data,
        role=role,
        security_group=ec2.SecurityGroup(scope, "Machines", vpc=vpc, description="Instances that run the service"),
        block_devices=[ec2.BlockDevice(device_name="/dev/xvda", volume=disk)],
        # Metrics at one-minute intervals, billed by instance; scaling would otherwise see five-minute averages.
        detailed_monitoring=True,
        require_imdsv2=True,
        # Containers are on a bridge network, one more hop away from the instance metadata service.
        # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
        http_put_response_hop_limit=2,
    )


def auto_scaling_group(
    scope: Construct,
    spec: ServiceSpec,
    *,
    vpc: ec2.IVpc,
    launch_template: ec2.LaunchTemplate,
    subnets: ec2.SubnetSelection | None = None,
) -> autoscaling.AutoScalingGroup:
    """Create a group in private subnets whose first instances must send a success signal.

    The group replaces an instance that fails the load balancer's health check, from nine minutes and `start_seconds`
    after its launch, and each instance after 30 days. A replacement starts before the old instance terminates.

    Args:
        scope: The parent construct.
        spec: The service.
        vpc: The VPC of the instances.
        launch_template: The launch template.
        subnets: Private subnets with egress, from which the instances install packages. Default: all of them.
    """
    found = private_subnets(vpc, "EC2 instances", subnets, isolated=False)
    # Without a signal after this timeout, a first boot has failed.
    boot_timeout = cdk.Duration.seconds(boot_seconds(spec))
    group = autoscaling.AutoScalingGroup(
        scope,
        "Group",
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnets=found.subnets),
        launch_template=launch_template,
        min_capacity=spec.min_instances,
        max_capacity=spec.max_instances,
        signals=autoscaling.Signals.wait_for_min_capacity(timeout=boot_timeout),
        update_policy=_rolling_update(spec, boot_timeout),
        health_checks=autoscaling.HealthChecks.with_additional_checks(
            additional_types=[autoscaling.AdditionalHealthCheckType.ELB], grace_period=boot_timeout
        ),
        default_instance_warmup=cdk.Duration.seconds(_INSTALLATION_SECONDS + spec.start_seconds),
        max_instance_lifetime=_LIFETIME,
        min_healthy_percentage=100,
        max_healthy_percentage=200,
    )
    # An instance that boots before the NAT gateway and its route exist cannot install packages.
    group.node.add_dependency(found.internet_connectivity_established)
    acknowledge(group, "AwsSolutions-AS3", "EventBridge receives each launch and termination")
    return group


def add_auto_scaling(
    group: autoscaling.AutoScalingGroup, spec: ServiceSpec, instance_type: InstanceType
) -> autoscaling.TargetTrackingScalingPolicy | None:
    """Scale on CPU utilization, unless the number of instances is fixed: AWS then rejects a scaling policy."""
    if spec.min_instances == spec.max_instances:
        return None
    utilization = instance_target_utilization(spec, instance_type)
    return group.scale_on_cpu_utilization("Cpu", target_utilization_percent=utilization)


def _rolling_update(spec: ServiceSpec, boot_timeout: cdk.Duration) -> autoscaling.UpdatePolicy:
    """Replace half of `min_instances` at a time; each new instance must send a success signal.

    CloudFormation's newer instance refresh accepts no signals: it relies on health checks, and retries a bad version
    until it times out. Health check replacement and scaling are suspended during the update.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
    """
    return autoscaling.UpdatePolicy.rolling_update(
        max_batch_size=max(1, min(100, spec.min_instances // 2)),
        # AWS requires a value below the maximum size.
        min_instances_in_service=min(spec.min_instances, spec.max_instances - 1),
        min_success_percentage=100,
        wait_on_resource_signals=True,
        pause_time=boot_timeout,
    )
