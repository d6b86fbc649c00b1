"""ECS Express Mode."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..image import Image
from ..ingress.error_rate_alarm import PERIOD, error_rate_alarm
from ..roles import managed_policy_role
from ..spec import ServiceSpec
from ..subnets import express_subnets
from ..target import add_target_metadata
from .task_definition import service_task_definition


class ExpressMicroservice(Construct):
    """ECS Express Mode, App Runner's successor: Fargate tasks and a load balancer that services share, always on.

    It creates the same task definition as `FargateMicroservice`, and an Express service. ECS creates the load balancer
    with its HTTPS name and certificate, security groups, scaling and an alarm; up to 25 services of a VPC share the
    load balancer. A deployment sends 5 % of the requests to the new tasks for three minutes, then all requests, and
    bakes for three more minutes. ECS rolls it back on more than 1 % of 4xx and 5xx responses in 2 data points within 3
    minutes, including errors of the callers
    (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-update-full.html). A new task has 300
    seconds to become healthy, a stopping one 30 seconds to exit. CloudFormation waits up to three hours.

    You provide the VPC, the cluster, permissions, and `alarm_topic`. Deleting the last service of a VPC deletes the
    load balancer. Service-linked roles remain and are free. The service has no tags: AWS replaces it, with a new URL,
    if one changes. This includes the `--tags` of the CDK CLI: set them with the first deployment.

    Choose it for one service with an HTTPS name of AWS, and as the replacement of App Runner.

    Do not choose it if tasks must not have public addresses (without them the load balancer is private, too), if the
    load balancer needs access logs, or if callers often get a 404 or 401: deployments would roll back.

    Attributes:
        service: The native Express service.
        task_definition: The native task definition.
        alarm: With `alarm_topic`, the alarm on more than 5 % of 5xx responses. Otherwise None.
        url: The public URL, without a trailing slash.
        role: The task role.

    Example:
        service = ExpressMicroservice(
            stack,
            "Service",
            spec=ServiceSpec(name="payments"),
            image=image,
            cluster=cluster,
        )
        table.grant_read_write_data(service.role)
    """

    TARGET_ID: ClassVar[str] = "ecs-express"
    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {
        "health_codes": "ECS Express Mode creates the target group, and has no property for the status codes",
    }

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        cluster: ecs.ICluster,
        alarm_topic: sns.ITopic | None = None,
        subnets: ec2.SubnetSelection | None = None,
    ) -> None:
        """Create the service.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service. `min_instances` is at least 1; `cpu` and `memory_mib` are a task size of Fargate.
            image: The container image.
            cluster: The cluster of the tasks, with the capacity provider `FARGATE`. Its VPC needs two public subnets.
            alarm_topic: SNS topic that an alarm on the error rate notifies. Default: the construct creates no alarm.
            subnets: Subnets of the tasks and the load balancer, in two Availability Zones. In private subnets, ECS
                creates a private load balancer: only callers inside the VPC reach `url`. Default: all public subnets.

        Raises:
            UnsupportedSpecError: Fargate does not support a value of the spec.
            UnsupportedVpcError: The VPC has no public subnets in two Availability Zones.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self)
        self.task_definition = service_task_definition(self, spec=spec, image=image)
        self.service = self._service(spec, cluster, self.task_definition, subnets)
        self.alarm = self._alarm(alarm_topic) if alarm_topic else None
        self.url = f"https://{_host(self.service.attr_endpoint)}"
        self.role: iam.IRole = self.task_definition.task_role

    def _service(
        self,
        spec: ServiceSpec,
        cluster: ecs.ICluster,
        task_definition: ecs.TaskDefinition,
        selected: ec2.SubnetSelection | None,
    ) -> ecs.CfnExpressGatewayService:
        infrastructure_role = managed_policy_role(
            self,
            "InfrastructureRole",
            service="ecs.amazonaws.com",
            policies=["service-role/AmazonECSInfrastructureRoleforExpressGatewayServices"],
        )
        subnets = express_subnets(cluster.vpc, selected)
        service = ecs.CfnExpressGatewayService(
            self,
            "Service",
            cluster=cluster.cluster_name,
            infrastructure_role_arn=infrastructure_role.role_arn,
            task_definition_arn=task_definition.task_definition_arn,
            health_check_path=spec.health_path,
            # In private subnets, ECS creates a private load balancer.
            network_configuration=ecs.CfnExpressGatewayService.ExpressGatewayServiceNetworkConfigurationProperty(
                subnets=subnets.subnet_ids
            ),
            scaling_target=ecs.CfnExpressGatewayService.ExpressGatewayScalingTargetProperty(
                min_task_count=spec.min_instances,
                max_task_count=spec.max_instances,
                auto_scaling_metric="AVERAGE_CPU",
                auto_scaling_target_value=spec.target_cpu_percent,
            ),
        )
        # An L1 construct depends on no policies: the first tasks need those of their roles, and the cluster's capacity.
        service.node.add_dependency(task_definition.task_role, task_definition.obtain_execution_role(), cluster)
        # ECS deletes its resources with this role: the role must outlive the service, or deletion hangs in DRAINING.
        service.node.add_dependency(infrastructure_role)
        # Subnets without a route yet look private to ECS.
        service.node.add_dependency(subnets.internet_connectivity_established)
        # Tags are create-only.
        service.add_property_deletion_override("Tags")
        return service

    def _alarm(self, topic: sns.ITopic) -> cloudwatch.Alarm:
        """Create an alarm on the responses of both target groups, between which a deployment switches."""
        groups = self.service.attr_ecs_managed_resource_arns_ingress_path_target_group_arns
        balancer = self.service.attr_ecs_managed_resource_arns_ingress_path_load_balancer_arn
        dimensions = [
            {
                "LoadBalancer": cdk.Fn.select(1, cdk.Fn.split(":loadbalancer/", balancer)),
                "TargetGroup": cdk.Fn.select(5, cdk.Fn.split(":", cdk.Fn.select(number, groups))),
            }
            for number in range(2)
        ]
        return error_rate_alarm(
            self,
            failed=_sum("errors", "HTTPCode_Target_5XX_Count", dimensions),
            requests=_sum("count", "RequestCount", dimensions),
            topic=topic,
        )


def _sum(name: str, metric: str, dimensions: Sequence[Mapping[str, str]]) -> cloudwatch.IMetric:
    """Return the sum of a metric over the target groups; a group without requests reports no data."""
    metrics = {
        f"{name}{number}": cloudwatch.Metric(
            namespace="AWS/ApplicationELB",
            metric_name=metric,
            dimensions_map=dict(each),
            statistic="Sum",
            period=PERIOD,
        )
        for number, each in enumerate(dimensions)
    }
    expression = " + ".join(f"FILL({each}, 0)" for each in metrics)
    return cloudwatch.MathExpression(expression=expression, using_metrics=dict(metrics), period=PERIOD)


def _host(endpoint: str) -> str:
    """Return the host name; AWS's documentation does not say whether `Endpoint` starts with `https://`."""
    return cdk.Fn.join("", cdk.Fn.split("https://", endpoint))
