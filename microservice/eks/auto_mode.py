"""EKS Auto Mode."""

from collections.abc import Mapping, Sequence
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
from ..sidecars import Sidecar, validate_sidecars
from ..spec import ServiceSpec
from ..target import add_target_metadata
from ..tracing import grant_tracing
from ..validation import require_min_instances
from .cluster import validate_cluster
from .customization import CustomizeManifests, customized
from .helm_release import pod_target_group, release_manifests, validate_start_seconds
from .manifests import PodContext, node_pools, service_manifests
from .object_names import object_names
from .pod_iam import pod_identity_role
from .secrets_store import grant_mount_secrets, secrets_name


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
        manifests: The Kubernetes manifests, with tokens.
        release: The native Helm release. None: `release=False`.
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
        namespace: str | None = None,
        existing_namespace: str | None = None,
        customize_manifests: CustomizeManifests | None = None,
        sidecars: Sequence[Sidecar] = (),
        release: bool = True,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Create the service.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service. `min_instances` is at least 1.
            image: The container image; instances pull it with the node role, which may pull every image.
            cluster: The cluster of the pods: in Auto Mode, in a VPC with private subnets. Names of stacks that share it
                differ. An imported one (`eks.Cluster.from_cluster_attributes`) needs `vpc`, `kubectl_provider` whose
                function reaches the API endpoint, and `cluster_security_group_id`; outside Auto Mode, it would lack
                the Pod Identity agent and the load balancer controller. `spec.secrets` needs the add-on
                `aws-secrets-store-csi-driver-provider` with `syncSecret.enabled`.
            ingress: The endpoint: an `HttpApiVpcLink` of the VPC, a `CustomDomain`, a route of a
                `SharedLoadBalancer`, or a `PrivateIngress`.
            load_balancer_security_group: Security group of the load balancer; the cluster's security group must
                accept it on all ports. Share one among services: a security group has a quota of 60 rules. Default: a
                rule of the cluster's security group for this service.
            namespace: Name of the namespace that the service creates and deletes. It enforces the restricted pod
                security standard. Another name is another service, and fails on a running one: see the page of the
                target. Default: a name from the construct's path.
            existing_namespace: Name of a namespace that the service neither creates nor deletes, for several services
                or a namespace with quotas of your own. Each object has a name from the construct's path. Pods meet the
                restricted standard; whether it is enforced is left to you. Default: a namespace of its own.
            customize_manifests: Function from the list of manifests to the list that is released: it adds volumes,
                tolerations, annotations or objects. An object without `metadata.namespace` is created in `default`.
                Default: no change.
            sidecars: Containers beside that of the service in each pod. They share the size in the spec, so that pods
                cost the same. Default: none.
            release: Whether the stack releases the manifests with Helm. False creates all other resources, writes the
                manifests to `STACK.ID.manifests.yaml` in the cloud assembly, and creates an output for each value that
                is known after the deployment: a GitOps tool releases them. False on a running service removes it.
                Default: True.
            alarm_topic: SNS topic that the alarm notifies. Default: no notification.

        Raises:
            UnsupportedSpecError: `min_instances` is 0, `start_seconds` is more than 300 with a release, or `sidecars`
                do not fit into a pod.
            ValueError: An imported cluster lacks an attribute, a namespace is not valid, or `customize_manifests`
                returns something else than manifests.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self)
        require_min_instances(spec, "EKS targets")
        validate_sidecars(spec, sidecars, "EKS")
        if release:
            validate_start_seconds(spec)
        validate_cluster(
            cluster, release=release, security_group=load_balancer_security_group is None, network_policy=True
        )
        names = object_names(self, namespace=namespace, existing_namespace=existing_namespace)
        self.namespace = names.namespace
        role = pod_identity_role(self, cluster=cluster, namespace=names.namespace, account=names.name)
        grant_tracing(role, spec)
        grant_mount_secrets(role, spec)
        self.ingress = ingress.create_ingress(self, name=spec.name, vpc=cluster.vpc)
        group = pod_target_group(self.ingress, cluster, spec, names, load_balancer_security_group)
        context = PodContext(
            names=names,
            image=image.image_uri(self, spec.architecture),
            attributes=resource_attributes(self, platform="aws_eks", version=image.version(self, spec.architecture)),
            region=cdk.Stack.of(self).region,
            target_group_arn=group.target_group_arn,
            sidecars=tuple(sidecars),
            sources=(cluster.vpc.vpc_cidr_block,),
            secrets=secrets_name(self, spec, names.name),
        )
        manifests = [*node_pools(spec, context), *service_manifests(spec, context)]
        self.manifests = customized(manifests, customize_manifests, service=spec.name)
        # Pods get their role when they start, and deregister before the target group is deleted.
        needed = [role, self.ingress.load_balancer, group.load_balancer_attached]
        self.release = release_manifests(
            self, cluster=cluster, spec=spec, manifests=self.manifests, release=release, needed=needed
        )
        self.alarm = self.ingress.error_rate_alarm(alarm_topic)
        self.url = self.ingress.url
        self.role: iam.IRole = role
