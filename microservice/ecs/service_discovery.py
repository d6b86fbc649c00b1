"""Service discovery of ECS tasks by name, in a Cloud Map namespace."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_servicediscovery as servicediscovery

from ..ingress.base import Ingress
from ..spec import ServiceSpec

# DNS resolvers keep the address of a stopped task for this duration.
_TTL_SECONDS = 10


def add_name(
    ingress: Ingress,
    namespace: servicediscovery.INamespace,
    service: ecs.FargateService,
    spec: ServiceSpec,
    *,
    blue_green: bool,
) -> None:
    """Register the healthy tasks of a service as `<service>.<namespace>`, with the container's port.

    Callers connect to tasks, not to the load balancer: they retry when a task stops, and the error rate alarm does not
    count these requests. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html

    Args:
        ingress: The endpoint, whose `discovery_url` it sets.
        namespace: The namespace.
        service: The ECS service.
        spec: The service's specification.
        blue_green: Whether the service has the deployment strategy `BLUE_GREEN`.

    Raises:
        ValueError: The service has blue/green deployments, which switch the load balancer only.
    """
    if blue_green:
        raise ValueError(
            f"{ingress.node.path}: namespace={namespace.namespace_name!r} is not supported with blue_green_bake_time: "
            "the name would lead to the tasks of both versions (allowed: rolling deployments). Remove one of the two."
        )
    service.enable_cloud_map(
        cloud_map_namespace=namespace,
        name=spec.name,
        dns_record_type=servicediscovery.DnsRecordType.A,
        dns_ttl=cdk.Duration.seconds(_TTL_SECONDS),
    )
    ingress.allow_callers(service, ec2.Port.tcp(spec.port))
    ingress.discovery_url = f"http://{spec.name}.{namespace.namespace_name}:{spec.port}"
