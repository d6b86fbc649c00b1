"""ECS Managed Instances."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..image import Image
from ..ingress.base import IngressConfig
from ..roles import managed_policy_role
from ..sidecars import Sidecar
from ..spec import ServiceSpec
from ..subnets import private_subnets
from ..target import add_target_metadata
from .file_systems import mount_file_systems
from .scaling import ScheduledCapacity, add_auto_scaling
from .service import attach_to_load_balancer, ecs_service
from .task_definition import service_task_definition
from .task_sidecars import add_sidecars

# AWS's default is 80 GiB. The volume holds images and logs only, and is billed for each instance.
_VOLUME_GIB = 30


class ManagedInstancesMicroservice(Construct):
    """ECS on EC2 instances that ECS starts, patches and terminates: billed by instance, with a management fee.

    It creates an ECS service in private subnets, the same endpoint, scaling and alarm as `FargateMicroservice`, and a
    capacity provider. ECS selects instances for pending tasks, drains each instance by day 14 after its launch, and
    terminates it by day 21
    (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instances-patching.html). ECS rolls a
    deployment back when three new tasks fail or when the alarm fires. If no instance is available, no task fails, and
    CloudFormation waits up to three hours, or 36 with `blue_green_bake_time`: read the service events and cancel the
    update.

    You provide the VPC, the cluster, the VPC Link, permissions, and `alarm_topic`. Deletion is known to hang while
    instances deregister (https://github.com/aws/aws-cdk/issues/36071). Here everything that ECS needs to terminate
    instances is deleted after them; check that they are gone. A change of the cluster replaces the service.

    Choose it for steady load that fills instances, for more memory per vCPU than Fargate supports, or for instances
    with a Savings Plan.

    Do not choose it for one small service: you pay for mostly idle instances and their volumes.

    Attributes:
        service: The native ECS service.
        task_definition: The native task definition.
        scaling: The native scaling of the service's tasks.
        capacity_provider: The native capacity provider.
        ingress: The public endpoint.
        target_group: The native target group of the tasks.
        green_target_group: With `blue_green_bake_time`, the second target group. Otherwise None.
        alarm: Alarm on more than 5 % of 5xx responses.
        url: The public URL, without a trailing slash.
        role: The task role.

    Example:
        service = ManagedInstancesMicroservice(
            stack,
            "Service",
            spec=ServiceSpec(name="payments", cpu=1024, memory_mib=8192),
            image=image,
            cluster=cluster,
            ingress=HttpApiVpcLink(stack, "VpcLink", vpc=vpc),
        )
        table.grant_read_write_data(service.role)
    """

    TARGET_ID: ClassVar[str] = "ecs-managed-instances"
    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        cluster: ecs.ICluster,
        ingress: IngressConfig,
        blue_green_bake_time: cdk.Duration | None = None,
        alarm_topic: sns.ITopic | None = None,
        target_requests_per_minute: int | None = None,
        scheduled_capacity: Sequence[ScheduledCapacity] = (),
        execute_command: bool = False,
        file_systems: Mapping[str, efs.IAccessPoint] = MappingProxyType({}),
        sidecars: Sequence[Sidecar] = (),
        subnets: ec2.SubnetSelection | None = None,
    ) -> None:
        """Create the service.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service. `min_instances` is at least 1; any `cpu` goes with any `memory_mib`.
            image: The container image.
            cluster: The cluster of the tasks. Its VPC needs private subnets with egress.
            ingress: The endpoint: an `HttpApiVpcLink` of the VPC, a `CustomDomain`, a route of a
                `SharedLoadBalancer`, or a `PrivateIngress`.
            blue_green_bake_time: Deploy blue/green: start all new tasks, switch all requests at once, and keep the old
                tasks for this duration, in whole minutes, to switch back when the alarm fires. Twice the tasks run
                meanwhile. Default: rolling deployments.
            alarm_topic: SNS topic that the alarm notifies. Default: no notification.
            target_requests_per_minute: Requests of one task in a minute that scaling aims at, beside the CPU
                utilization. Not with `blue_green_bake_time`. Default: CPU utilization alone.
            scheduled_capacity: Other limits of the number of tasks at certain times, instead of `min_instances` and
                `max_instances`. Default: none.
            execute_command: Open shells in the containers with ECS Exec. Its agent requires a writable root file
                system, and the permissions of Session Manager: turn it on to examine a task, not for good. Each change
                is a deployment
                (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html). Default: False.
            file_systems: Path in the container -> EFS access point, for files that outlive tasks and that all tasks
                share. Encrypted in transit. The tasks run as user and group 10001; an access point may set another
                (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html). Default: none.
            sidecars: Containers beside that of the service in each task. They share the size in the spec, so that
                tasks cost the same. They start before the service and stop after it. Default: none.
            subnets: Subnets of the instances and tasks: private, or isolated ones with VPC endpoints for what
                they call. Default: all private subnets with egress.

        Raises:
            UnsupportedSpecError: `min_instances` is 0, or `file_systems` has a wrong path, or
                `sidecars` do not fit into a task.
            UnsupportedVpcError: The VPC has no private subnets with egress.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self)
        self.task_definition = service_task_definition(
            self,
            spec=spec,
            image=image,
            compatibility=ecs.Compatibility.MANAGED_INSTANCES,
            execute_command=execute_command,
        )
        self.capacity_provider = self._capacity_provider(cluster, subnets)
        add_sidecars(self.task_definition, spec, sidecars)
        self.ingress = ingress.create_ingress(self, name=spec.name, vpc=cluster.vpc)
        capacity = ecs.CapacityProviderStrategy(
            capacity_provider=self.capacity_provider.capacity_provider_name, weight=1
        )
        self.service = ecs_service(
            self,
            cluster=cluster,
            task_definition=self.task_definition,
            start_seconds=spec.start_seconds,
            capacity=[capacity],
            blue_green_bake_time=blue_green_bake_time,
            execute_command=execute_command,
            subnets=subnets,
        )
        mount_file_systems(self.service, spec, file_systems)
        attachment = attach_to_load_balancer(
            self.ingress,
            self.service,
            spec,
            blue_green=blue_green_bake_time is not None,
            alarm_topic=alarm_topic,
        )
        self.target_group = attachment.target_group
        self.green_target_group = attachment.green_target_group
        self.alarm = attachment.alarm
        self.scaling = add_auto_scaling(
            self.service,
            spec,
            target_requests_per_minute=target_requests_per_minute,
            target_group=None if self.green_target_group else self.target_group,
            scheduled_capacity=scheduled_capacity,
        )
        self.url = self.ingress.url
        self.role: iam.IRole = self.task_definition.task_role

    def _capacity_provider(
        self, cluster: ecs.ICluster, subnets: ec2.SubnetSelection | None
    ) -> ecs.ManagedInstancesCapacityProvider:
        """Create a capacity provider: ECS selects the cheapest instances of the current generation that fit the tasks.

        The requirements exclude previous generations only; published templates that were deployed all state some.
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instances-capacity-providers-concept.html
        """
        instance_role = managed_policy_role(
            self,
            "InstanceRole",
            service="ec2.amazonaws.com",
            policies=["AmazonECSInstanceRolePolicyForManagedInstances"],
        )
        infrastructure_role = self._infrastructure_role(instance_role)
        group = ec2.SecurityGroup(self, "Instances", vpc=cluster.vpc, description="Instances; tasks have their own")
        provider = ecs.ManagedInstancesCapacityProvider(
            self,
            "CapacityProvider",
            subnets=private_subnets(cluster.vpc, "ECS Managed Instances", subnets).subnets,
            security_groups=[group],
            ec2_instance_profile=iam.InstanceProfile(self, "InstanceProfile", role=instance_role),
            infrastructure_role=infrastructure_role,
            task_volume_storage=cdk.Size.gibibytes(_VOLUME_GIB),
            instance_requirements=ec2.InstanceRequirementsConfig(
                v_cpu_count_min=1,
                memory_min=cdk.Size.gibibytes(1),
                instance_generations=[ec2.InstanceGeneration.CURRENT],
            ),
            # Instances and volumes, most of the cost, carry the tags of the capacity provider.
            propagate_tags=ecs.PropagateManagedInstancesTags.CAPACITY_PROVIDER,
        )
        # Not `cluster.add_managed_instances_capacity_provider`: a cluster of another stack would depend on this stack.
        provider.bind(cluster)
        # ECS starts and terminates instances with these roles and their policies.
        provider.node.add_dependency(infrastructure_role, instance_role)
        return provider

    def _infrastructure_role(self, instance_role: iam.Role) -> iam.Role:
        """Create the role with which ECS manages instances, allowed to pass this one instance role.

        AWS's managed policy allows passing roles named `ecsInstanceRole…` only. A fixed name is unique in the account,
        so the stack could not be deployed to two Regions.
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instances-instance-profile.html
        """
        role = managed_policy_role(
            self,
            "InfrastructureRole",
            service="ecs.amazonaws.com",
            policies=["AmazonECSInfrastructureRolePolicyForManagedInstances"],
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[instance_role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
            )
        )
        return role
