"""EKS on Fargate."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from ..errors import UnsupportedSpecError
from ..image import Image
from ..ingress.base import IngressConfig
from ..resource_attributes import resource_attributes
from ..roles import managed_policy_role
from ..sidecars import Sidecar, validate_sidecars
from ..spec import ServiceSpec
from ..subnets import private_subnets
from ..target import add_target_metadata
from ..tracing import grant_tracing
from ..validation import require_min_instances
from .cluster import validate_cluster
from .customization import CustomizeManifests, customized
from .helm_release import pod_target_group, release_manifests, validate_start_seconds
from .manifests import PodContext, service_manifests
from .object_names import ObjectNames, object_names
from .pod_iam import web_identity_role

# Fargate adds 256 MiB to each pod for the Kubernetes components; a pod has at most 120 GiB.
# https://docs.aws.amazon.com/eks/latest/userguide/fargate-pod-configuration.html
_MAX_MEMORY_MIB = 120 * 1024 - 256


class EksFargateMicroservice(Construct):
    """Kubernetes without instances: each pod on Fargate, billed by the second, in addition to the cluster.

    It creates a Fargate profile for one namespace, the Helm release of `EksAutoMicroservice` without NetworkPolicy and
    topology spread (Fargate supports neither), the same endpoint with the pods in its target group, an IAM role for the
    pods' service account, and an alarm on the error rate. A pod is billed as the next larger size of Fargate for the
    spec plus 256 MiB. If the pods of a new version are not ready within six minutes, the deployment fails and Helm
    rolls it back; CloudFormation waits at most 16 minutes. The alarm rolls nothing back. A terminating pod serves
    requests for 15 more seconds, and then has 30 seconds to exit.

    You provide the VPC, the cluster with its kubectl provider and the metrics-server add-on, the VPC Link, permissions,
    `alarm_topic`, and log retention: `kubectl logs` shows the logs of existing pods only. The pods resolve AWS names,
    but no Services of the cluster: that requires the CoreDNS add-on with a Fargate profile.

    Choose it in an existing cluster, for services that must not share a kernel with others.

    Do not choose it without a reason for Kubernetes: ECS on Fargate runs the same container without the cluster.

    Attributes:
        profile: The native Fargate profile.
        manifests: The Kubernetes manifests, with tokens.
        release: The native Helm release. None: `release=False`.
        namespace: The Kubernetes namespace.
        ingress: The public endpoint.
        alarm: Alarm on more than 5 % of 5xx responses.
        url: The public URL, without a trailing slash.
        role: The IAM role of the pods.

    Example:
        service = EksFargateMicroservice(
            stack,
            "Service",
            spec=ServiceSpec(name="payments"),
            image=image,
            cluster=eks_cluster,
            ingress=HttpApiVpcLink(stack, "VpcLink", vpc=vpc),
        )
        table.grant_read_write_data(service.role)
    """

    TARGET_ID: ClassVar[str] = "eks-fargate"
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
        subnets: ec2.SubnetSelection | None = None,
    ) -> None:
        """Create the service.

        Args:
            scope: The parent construct.
            construct_id: ID in the parent.
            spec: The service. `min_instances` is at least 1; x86_64 only.
            image: The container image; Fargate pulls it with a role that may pull every image.
            cluster: The cluster of the pods: with Auto Mode's load balancing, in a VPC with private subnets. Names of
                stacks that share it differ. An imported one (`eks.Cluster.from_cluster_attributes`) needs `vpc`,
                `kubectl_provider` whose function reaches the API endpoint, `cluster_security_group_id`, and
                `open_id_connect_provider`.
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
                restricted standard; whether it is enforced is left to you; the Fargate profile
                selects its pods by label. Default: a namespace of its own.
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
            subnets: Subnets of the pods: private, or isolated ones with VPC endpoints for everything that they call.
                Default: all private subnets with egress.

        Raises:
            UnsupportedSpecError: Fargate does not support a value of the spec, or `sidecars` do not fit into a pod.
            UnsupportedVpcError: The VPC has no private subnets with egress.
            ValueError: An imported cluster lacks an attribute, a namespace is not valid, or `customize_manifests`
                returns something else than manifests.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self)
        require_min_instances(spec, "EKS targets")
        validate_sidecars(spec, sidecars, "EKS")
        _validate_pod(spec)
        if release:
            validate_start_seconds(spec)
        validate_cluster(
            cluster, release=release, security_group=load_balancer_security_group is None, web_identity=True
        )
        names = object_names(self, namespace=namespace, existing_namespace=existing_namespace)
        self.namespace = names.namespace
        role = web_identity_role(self, cluster=cluster, namespace=names.namespace, account=names.name)
        grant_tracing(role, spec)
        self.ingress = ingress.create_ingress(self, name=spec.name, vpc=cluster.vpc)
        group = pod_target_group(self.ingress, cluster, spec, names, load_balancer_security_group)
        context = PodContext(
            names=names,
            image=image.image_uri(self, spec.architecture),
            attributes=resource_attributes(self, platform="aws_eks", version=image.version(self, spec.architecture)),
            region=cdk.Stack.of(self).region,
            target_group_arn=group.target_group_arn,
            sidecars=tuple(sidecars),
            on_fargate=True,
            role_arn=role.role_arn,
        )
        self.profile = self._profile(cluster, names, subnets)
        self.manifests = customized(service_manifests(spec, context), customize_manifests, service=spec.name)
        # A pod that matches no profile when it is created stays pending; pods deregister before the group is deleted.
        needed = [role, self.profile, self.ingress.load_balancer, group.load_balancer_attached]
        self.release = release_manifests(
            self, cluster=cluster, spec=spec, manifests=self.manifests, release=release, needed=needed
        )
        self.alarm = self.ingress.error_rate_alarm(alarm_topic)
        self.url = self.ingress.url
        self.role: iam.IRole = role

    def _profile(
        self, cluster: eks.ICluster, names: ObjectNames, subnets: ec2.SubnetSelection | None
    ) -> eks.CfnFargateProfile:
        """Create an L1 profile: with the L2 construct, a cluster of another stack would depend on this stack."""
        stack = cdk.Stack.of(self)
        profiles = stack.format_arn(service="eks", resource="fargateprofile", resource_name=f"{cluster.cluster_name}/*")
        role = managed_policy_role(
            self,
            "ExecutionRole",
            service="eks-fargate-pods.amazonaws.com",
            policies=["AmazonEKSFargatePodExecutionRolePolicy"],
            conditions={"ArnLike": {"aws:SourceArn": profiles}},
        )
        others = [each for each in stack.node.find_all() if isinstance(each, eks.CfnFargateProfile)]
        profile = eks.CfnFargateProfile(
            self,
            "Profile",
            cluster_name=cluster.cluster_name,
            pod_execution_role_arn=role.role_arn,
            selectors=[_selector(names)],
            subnets=private_subnets(cluster.vpc, "Fargate on EKS", subnets).subnet_ids,
        )
        # EKS creates and deletes one profile of a cluster at a time, and rejects the next one meanwhile.
        # https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html
        profile.node.add_dependency(*others[-1:])
        return profile


def _selector(names: ObjectNames) -> eks.CfnFargateProfile.SelectorProperty:
    """Select all pods of the service's own namespace; of a shared one, only its pods."""
    labels = [eks.CfnFargateProfile.LabelProperty(key=key, value=value) for key, value in names.selector.items()]
    return eks.CfnFargateProfile.SelectorProperty(
        namespace=names.namespace, labels=None if names.creates_namespace else labels
    )


def _validate_pod(spec: ServiceSpec) -> None:
    if spec.architecture != "x86_64":
        raise UnsupportedSpecError(
            service=spec.name,
            platform="Fargate on EKS",
            field="architecture",
            value=spec.architecture,
            allowed="'x86_64'",
            fix="Use EksAutoMicroservice for arm64.",
        )
    if spec.memory_mib > _MAX_MEMORY_MIB:
        raise UnsupportedSpecError(
            service=spec.name,
            platform="Fargate on EKS",
            field="memory_mib",
            value=spec.memory_mib,
            allowed=f"128 to {_MAX_MEMORY_MIB}",
            fix="Reduce memory_mib.",
        )
    if spec.secrets:
        # The driver is a DaemonSet: https://docs.aws.amazon.com/secretsmanager/latest/userguide/integrate_eks.html
        raise UnsupportedSpecError(
            service=spec.name,
            platform="Fargate on EKS",
            field="secrets",
            value=dict(spec.secrets),
            allowed="none; the Secrets Store CSI Driver is a DaemonSet, which Fargate does not run",
            fix="Read them in the service's code, with `secret.grant_read(service.role)`; or use EksAutoMicroservice.",
        )
