"""An Auto Scaling group of virtual machines that are made from one launch template, and replaced when it changes."""

import aws_cdk as cdk
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..nag import acknowledge
from .instance_types import InstanceType, instance_target_utilization
from ..spec import ServiceSpec

# https://docs.aws.amazon.com/linux/al2023/ug/ec2.html (which parameters AWS keeps)
_AMI = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{}"
_DISK_GIB = 20
# A first boot takes two minutes or three; one that says nothing for this long has failed.
_BOOT = cdk.Duration.minutes(10)
# What a machine does while it installs says nothing about the load of requests.
_WARM_UP = cdk.Duration.minutes(4)
_PRIVATE = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)


def launch_template(
    scope: Construct,
    spec: ServiceSpec,
    machine: InstanceType,
    *,
    vpc: ec2.IVpc,
    role: iam.Role,
    user_data: ec2.UserData,
) -> ec2.LaunchTemplate:
    """What a machine is made of: the newest Amazon Linux 2023 at each deployment, and `user_data`.

    There is no key, and no port but the service's: Session Manager needs neither. Amazon Linux, because all that is
    AWS's own in the machine (agents, credential helper, cfn-signal) is in it, and patched with it; Debian has Podman in
    itself, but none of these.
    """
    disk = ec2.BlockDeviceVolume.ebs(
        _DISK_GIB, volume_type=ec2.EbsDeviceVolumeType.GP3, encrypted=True, delete_on_termination=True
    )
    return ec2.LaunchTemplate(
        scope,
        "LaunchTemplate",
        instance_type=ec2.InstanceType(machine.instance_type),
        machine_image=ec2.MachineImage.from_ssm_parameter(_AMI.format(spec.architecture)),
        user_data=user_data,
        role=role,
        security_group=ec2.SecurityGroup(scope, "Machines", vpc=vpc, description=f"Machines that run {spec.name}"),
        block_devices=[ec2.BlockDevice(device_name="/dev/xvda", volume=disk)],
        # Metrics each minute, billed for each machine: scaling would otherwise look every five minutes.
        detailed_monitoring=True,
        require_imdsv2=True,
        # The container has a network of its own, one hop from the credentials of its role; nothing else runs there.
        # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
        http_put_response_hop_limit=2,
    )


def auto_scaling_group(
    scope: Construct, spec: ServiceSpec, *, vpc: ec2.IVpc, launch_template: ec2.LaunchTemplate
) -> autoscaling.AutoScalingGroup:
    """Between `min_instances` and `max_instances` machines in private subnets; the first ones have to say they serve.

    A machine that the load balancer finds ill is replaced, from ten minutes after its start: before, it may still boot.
    """
    group = autoscaling.AutoScalingGroup(
        scope,
        "Group",
        vpc=vpc,
        vpc_subnets=_PRIVATE,
        launch_template=launch_template,
        min_capacity=spec.min_instances,
        max_capacity=spec.max_instances,
        signals=autoscaling.Signals.wait_for_min_capacity(timeout=_BOOT),
        update_policy=_replace_in_batches(spec),
        health_checks=autoscaling.HealthChecks.with_additional_checks(
            additional_types=[autoscaling.AdditionalHealthCheckType.ELB], grace_period=_BOOT
        ),
        default_instance_warmup=_WARM_UP,
    )
    # A machine that boots before its way out is there installs nothing.
    group.node.add_dependency(vpc.select_subnets(subnet_type=_PRIVATE.subnet_type).internet_connectivity_established)
    acknowledge(group, "AwsSolutions-AS3", "EventBridge has each launch and termination for whoever wants to know")
    return group


def scale(group: autoscaling.AutoScalingGroup, spec: ServiceSpec, machine: InstanceType) -> None:
    """Aim at the load that `spec` says; AWS refuses to aim at anything where the number of machines is fixed."""
    if spec.min_instances < spec.max_instances:
        group.scale_on_cpu_utilization("Cpu", target_utilization_percent=instance_target_utilization(spec, machine))


def _replace_in_batches(spec: ServiceSpec) -> autoscaling.UpdatePolicy:
    """Machines are replaced by half of `min_instances` at a time; each new one has to say that its service answers.

    CloudFormation's newer instance refresh takes no such signal: it goes by health checks, and tries a bad version
    until it gives up by itself. While machines are replaced, nothing else replaces, scales or moves them.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
    """
    return autoscaling.UpdatePolicy.rolling_update(
        max_batch_size=max(1, min(100, spec.min_instances // 2)),
        # AWS wants this below the group's size.
        min_instances_in_service=min(spec.min_instances, spec.max_instances - 1),
        min_success_percentage=100,
        wait_on_resource_signals=True,
        pause_time=_BOOT,
    )
