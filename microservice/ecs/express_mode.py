"""ECS Express Mode."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..nag import acknowledge_managed_policy
from ..target import add_target_metadata
from ..image import Image
from ..spec import ServiceSpec
from .task_definition import service_task_definition

_POLICY = "service-role/AmazonECSInfrastructureRoleforExpressGatewayServices"


class ExpressMicroservice(Construct):
    """ECS Express Mode, App Runner's successor: Fargate tasks and a load balancer that services share, always on.

    It makes the task definition that Fargate has, and an Express service on it: ECS itself makes the load balancer, its
    https name and certificate, security groups, scaling and an alarm, and lets up to 25 services of a VPC share the
    load balancer. A deployment sends 5 % of the requests to the new tasks for three minutes, then all of them, watches
    three minutes more, and goes back on more than 1 % of 4xx and 5xx in 2 data points within 3 minutes: callers' own
    mistakes count (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-update-full.html).
    A new task has 300 seconds to become healthy and a stopping one 30 to end. CloudFormation waits up to three hours.
    It leaves to you the VPC, the cluster, and permissions. Of what it makes for itself, the last service that is
    deleted takes the load balancer along; service-linked roles stay, and cost nothing.
    Choose it for one service in one file with an https name of AWS's, and where App Runner was the answer.
    Do not choose it where tasks may have no public addresses (they have, or the load balancer is private, too), where
    load balancers must log, or where callers often get a 404 or a 401: deployments would go back for that.

    Attributes:
        service: The native Express service.
        url: Where the service answers, without a slash at the end.
        role: What the containers run as.
    """

    TARGET_ID: ClassVar[str] = "ecs-express"
    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        cluster: ecs.ICluster,
        health_command: Sequence[str],
    ) -> None:
        """Make the service.

        Args:
            scope: Where it belongs.
            construct_id: Its name in the construct tree.
            spec: What the service needs; `min_instances` must be 1 or more.
            image: The image that every target runs.
            cluster: Where the tasks run, with the capacity provider FARGATE; its VPC needs two public subnets.
            health_command: What ECS runs inside the container to see whether the process is well; 0 means it is.

        Raises:
            ValueError: if Fargate cannot run what the spec says.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self, self.TARGET_ID, self.UNSUPPORTED_FIELDS)
        task_definition = service_task_definition(self, spec=spec, image=image, health_command=health_command)
        self.service = self._service(spec, cluster, task_definition)
        self.url = f"https://{_host(self.service.attr_endpoint)}"
        self.role: iam.IRole = task_definition.task_role

    def _service(
        self, spec: ServiceSpec, cluster: ecs.ICluster, task_definition: ecs.TaskDefinition
    ) -> ecs.CfnExpressGatewayService:
        """There is no construct above CloudFormation's own resource yet: it waits for nothing that it does not name."""
        infrastructure = self._infrastructure_role()
        service = ecs.CfnExpressGatewayService(
            self,
            "Service",
            cluster=cluster.cluster_name,
            infrastructure_role_arn=infrastructure.role_arn,
            task_definition_arn=task_definition.task_definition_arn,
            health_check_path=spec.health_path,
            # In private subnets the load balancer would be private as well.
            network_configuration=ecs.CfnExpressGatewayService.ExpressGatewayServiceNetworkConfigurationProperty(
                subnets=[subnet.subnet_id for subnet in cluster.vpc.public_subnets]
            ),
            scaling_target=ecs.CfnExpressGatewayService.ExpressGatewayScalingTargetProperty(
                min_task_count=spec.min_instances,
                max_task_count=spec.max_instances,
                auto_scaling_metric="AVERAGE_CPU",
                auto_scaling_target_value=spec.target_cpu_percent,
            ),
        )
        # The first tasks need their roles' policies, and the cluster its capacity.
        service.node.add_dependency(task_definition.task_role, task_definition.obtain_execution_role(), cluster)
        # ECS deletes what it has made as this role: it must outlive the service, or deletion hangs in DRAINING.
        service.node.add_dependency(infrastructure)
        return service

    def _infrastructure_role(self) -> iam.Role:
        policy = iam.ManagedPolicy.from_aws_managed_policy_name(_POLICY)
        principal = iam.ServicePrincipal("ecs.amazonaws.com")
        role = iam.Role(self, "InfrastructureRole", assumed_by=principal, managed_policies=[policy])
        acknowledge_managed_policy(role, _POLICY)
        return role


def _host(endpoint: str) -> str:
    """The endpoint's bare name; AWS's documentation does not say whether it comes with `https://`."""
    return cdk.Fn.join("", cdk.Fn.split("https://", endpoint))
