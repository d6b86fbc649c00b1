"""ECS on EC2 instances that ECS manages."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..nag import acknowledge_managed_policy
from ..target import add_target_metadata
from .service import ecs_service, attach_to_load_balancer, scale
from ..ingress.config import IngressConfig
from ..image import Image
from ..spec import ServiceSpec
from .task_definition import service_task_definition

# AWS's own default is 80; the image, its logs and nothing else lie there, on every instance, billed while it lives.
_DISK_GIB = 30


class ManagedInstancesMicroservice(Construct):
    """ECS on EC2 instances that ECS starts, fills, patches and ends: billed by whole instances and a fee for each.

    It makes an ECS service in private subnets, the front door, scaling and alarm that Fargate has, and a capacity
    provider: ECS picks instances for the tasks that wait; ECS drains each at day 14 from its launch, or sooner, and
    ends it by day 21 (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instances-patching.html).
    A deployment goes back by itself when three new tasks fail or the alarm goes off. Where no instance can be had no
    task fails, and CloudFormation waits up to 36 hours: read the service's events and cancel.
    It leaves to you the VPC, the cluster, the VPC Link, permissions, and telling somebody about the alarm. Deleting is
    known to stop while instances deregister (https://github.com/aws/aws-cdk/issues/36071); here all that ECS needs to
    end them is deleted after them, but look whether they are gone.
    Choose it for steady load that fills instances, for more memory to a processor than Fargate sells, or where
    instances are paid in advance.
    Do not choose it for one small service: two tasks pay for the whole instances that they lie on, and their disks.

    Attributes:
        service: The native ECS service.
        capacity_provider: The native capacity provider.
        front_door: What stands before it.
        alarm: Goes off when more than one request in twenty is answered with a 5xx.
        url: Where the service answers, without a slash at the end.
        role: What the containers run as.
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
        health_command: Sequence[str],
        blue_green_bake_time: cdk.Duration | None = None,
    ) -> None:
        """Make the service.

        Args:
            scope: Where it belongs.
            construct_id: Its name in the construct tree.
            spec: What the service needs; `min_instances` must be 1 or more, cpu and memory go in any pair.
            image: The image that every target runs.
            cluster: Where the tasks run; its VPC needs private subnets with a way out.
            entrance: How requests come into that VPC: a `FrontDoorLink` of it, or an `OwnDomain`.
            health_command: What ECS runs inside the container to see whether the process is well; 0 means it is.
            blue_green_bake_time: Deploy all new tasks beside the old ones, move all requests at once, and keep the old ones for
                so long, whole minutes, to take the requests back when the alarm goes off. Twice the tasks run
                meanwhile. None replaces them one after the other.

        Raises:
            ValueError: if `min_instances` is 0.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self, self.TARGET_ID, self.UNSUPPORTED_FIELDS)
        task_definition = service_task_definition(
            self,
            spec=spec,
            image=image,
            health_command=health_command,
            compatibility=ecs.Compatibility.MANAGED_INSTANCES,
        )
        self.capacity_provider = self._capacity_provider(cluster)
        self.ingress = ingress.create_ingress(self, name=spec.name, vpc=cluster.vpc)
        capacity = ecs.CapacityProviderStrategy(
            capacity_provider=self.capacity_provider.capacity_provider_name, weight=1
        )
        self.service = ecs_service(
            self, cluster=cluster, task_definition=task_definition, capacity=[capacity], blue_green_bake_time=blue_green_bake_time
        )
        self.alarm = attach_to_load_balancer(self.ingress, self.service, spec, blue_green=blue_green_bake_time is not None)
        scale(self.service, spec)
        self.url = self.ingress.url
        self.role: iam.IRole = task_definition.task_role

    def _capacity_provider(self, cluster: ecs.ICluster) -> ecs.ManagedInstancesCapacityProvider:
        """Nothing is asked of the instances: ECS picks the cheapest general ones that hold the tasks, of their kind.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instances-capacity-providers-concept.html
        """
        instances = _role(self, "InstanceRole", "ec2.amazonaws.com", "AmazonECSInstanceRolePolicyForManagedInstances")
        infrastructure = self._infrastructure_role(instances)
        group = ec2.SecurityGroup(self, "Instances", vpc=cluster.vpc, description="Instances; tasks have their own")
        provider = ecs.ManagedInstancesCapacityProvider(
            self,
            "CapacityProvider",
            subnets=cluster.vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS).subnets,
            security_groups=[group],
            ec2_instance_profile=iam.InstanceProfile(self, "InstanceProfile", role=instances),
            infrastructure_role=infrastructure,
            task_volume_storage=cdk.Size.gibibytes(_DISK_GIB),
        )
        # It names its cluster, which learns nothing of it: a cluster of another stack would depend on this one.
        provider.bind(cluster)
        # Without the roles and their policies no instance could be started, or ended.
        provider.node.add_dependency(infrastructure, instances)
        return provider

    def _infrastructure_role(self, instances: iam.Role) -> iam.Role:
        """What ECS starts and ends instances as.

        AWS's policy lets it hand on roles called `ecsInstanceRole…` only. Names are unique in an account, so one stack
        could not stand in two Regions: the right to hand on this one role is granted instead, and nothing has a name.
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-instances-instance-profile.html
        """
        policy = "AmazonECSInfrastructureRolePolicyForManagedInstances"
        role = _role(self, "InfrastructureRole", "ecs.amazonaws.com", policy)
        instances.grant_pass_role(role)
        return role


def _role(scope: Construct, construct_id: str, service: str, policy: str) -> iam.Role:
    managed = iam.ManagedPolicy.from_aws_managed_policy_name(policy)
    role = iam.Role(scope, construct_id, assumed_by=iam.ServicePrincipal(service), managed_policies=[managed])
    acknowledge_managed_policy(role, policy)
    return role
