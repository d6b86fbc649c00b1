"""EKS Auto Mode."""

from collections.abc import Mapping
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..image import Image
from ..ingress.base import IngressConfig
from ..resource_attributes import resource_attributes
from ..spec import ServiceSpec
from ..target import add_target_metadata
from ..tracing import grant_tracing
from ..validation import require_min_instances
from .helm_release import helm_release, namespace_of, pod_target_group
from .manifests import PodContext, node_pools, service_manifests
from .pod import NAME
from .pod_iam import pod_identity_role


class EksAutoMicroservice(Construct):
    """Kubernetes on instances that EKS Auto Mode starts, patches and terminates: billed by cluster, instance and a fee.

    It creates a Helm release in a namespace of its own, named after the construct's path (Deployment, Service,
    HorizontalPodAutoscaler on CPU utilization, PodDisruptionBudget, NetworkPolicy), the same endpoint as
    `FargateMicroservice` with the pods in its target group, an IAM role for the pods by Pod Identity, and an alarm on
    the error rate. If the pods of a new version are not ready within six minutes, the deployment fails and Helm rolls
    it back; CloudFormation waits at most 16 minutes. The alarm rolls nothing back. A terminating pod serves requests
    for 15 more seconds, and then has 30 seconds to exit. For arm64 it adds a node pool, because the built-in one is
    x86_64 only.

    You provide the VPC, the cluster with its kubectl provider and the metrics-server add-on, the VPC Link,
    permissions, `alarm_topic`, and log retention: `kubectl logs` shows the logs of existing pods only.

    Choose it if your team and its tools use Kubernetes, and many services share a cluster.

    Do not choose it for one small service: the cluster and the first instance cost more than everything else.

    Attributes:
        release: The native Helm release.
        namespace: The Kubernetes namespace.
        ingress: The public endpoint.
        alarm: Alarm on more than 5 % of 5xx responses.
        url: The public URL, without a trailing slash.
        role: The IAM role of the pods.

    Example:
        service = EksAutoMicroservice(
            stack,
            "Service",
            spec=ServiceSpec(name="payments"),
            image=image,
            cluster=eks_cluster,
            ingress=HttpApiVpcLink(stack, "VpcLink", vpc=vpc),
        )
        table.grant_read_write_data(service.role)
    """

    TARGET_ID: ClassVar[str] = "eks-auto"
    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {
        "health_command": "Kubernetes requests `health_path`; its probes take the place of a command in the container",
    }

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        cluster: eks.ICluster,
        ingress: IngressConfig,
        load_balancer_security_group: ec2.ISecurityGroup | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Create the service.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service. `min_instances` is at least 1.
            image: The container image; instances pull it with the node role, which may pull every image.
            cluster: The cluster of the pods: in Auto Mode, in a VPC with private subnets. Names of stacks that share it
                differ.
            ingress: The endpoint: an `HttpApiVpcLink` of the VPC, a `CustomDomain`, a route of a
                `SharedLoadBalancer`, or a `PrivateIngress`.
            load_balancer_security_group: Security group of the load balancer; the cluster's security group must
                accept it on all ports. Share one among services: a security group has a quota of 60 rules. Default: a
                rule of the cluster's security group for this service.
            alarm_topic: SNS topic that the alarm notifies. Default: no notification.

        Raises:
            UnsupportedSpecError: `min_instances` is 0.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self)
        require_min_instances(spec, "EKS targets")
        self.namespace = namespace_of(self)
        role = pod_identity_role(self, cluster=cluster, namespace=self.namespace, account=NAME)
        grant_tracing(role, spec)
        self.ingress = ingress.create_ingress(self, name=spec.name, vpc=cluster.vpc)
        group = pod_target_group(self.ingress, cluster, spec, load_balancer_security_group)
        context = PodContext(
            namespace=self.namespace,
            image=image.image_uri(self, spec.architecture),
            attributes=resource_attributes(self, platform="aws_eks", version=image.version(self, spec.architecture)),
            region=cdk.Stack.of(self).region,
            target_group_arn=group.target_group_arn,
            sources=(cluster.vpc.vpc_cidr_block,),
        )
        self.release = helm_release(
            self, cluster=cluster, manifests=[*node_pools(spec, context), *service_manifests(spec, context)]
        )
        # Pods get their role when they start, and deregister before the target group is deleted.
        self.release.node.add_dependency(role, self.ingress.load_balancer, group.load_balancer_attached)
        self.alarm = self.ingress.error_rate_alarm(alarm_topic)
        self.url = self.ingress.url
        self.role: iam.IRole = role
