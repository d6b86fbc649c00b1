"""EKS on a Fargate profile."""

from collections.abc import Mapping
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..nag import acknowledge_managed_policy
from ..target import add_target_metadata
from ..ingress.config import IngressConfig
from ..image import Image
from .helm_release import pod_target_group, require_min_instances, release
from .manifests import PodContext, service_manifests
from .pod_iam import web_identity_role
from ..spec import ServiceSpec
from ..tracing import grant_tracing

_POLICY = "AmazonEKSFargatePodExecutionRolePolicy"
# Fargate adds 256 MiB to every pod for Kubernetes' own processes, and sells 120 GiB at most.
# https://docs.aws.amazon.com/eks/latest/userguide/fargate-pod-configuration.html
_MOST_MEMORY_MIB = 120 * 1024 - 256


class EksFargateMicroservice(Construct):
    """Kubernetes without instances: each pod on a machine of Fargate's, billed by the second, on top of a cluster.

    It makes a Fargate profile for one namespace, the Helm release of `eks-auto` without network policy and spreading
    over zones (Fargate knows neither), the front door whose target group the pods join, a role for the pods' service
    account, and an alarm on failing answers. A pod is billed as the next size that Fargate sells above what the spec
    asks for and 256 MiB. A version whose pods do not get ready within six minutes fails the deployment and goes back by
    itself; CloudFormation waits 16 minutes at most. The alarm takes nothing back. Pods that stop answer for 15 seconds
    more, and then have 30.
    It leaves to you the VPC, the cluster with its kubectl provider and the add-on metrics-server, the VPC Link,
    permissions, telling somebody about the alarm, and keeping logs: `kubectl logs` shows them while a pod lives. Pods
    find AWS by name, but not other Services of the cluster: that takes the add-on CoreDNS with a profile of its own.
    Choose it in a cluster that you have anyway, for services that must not share a kernel with others.
    Do not choose it without a reason for Kubernetes: ECS on Fargate runs the same without the cluster.

    Attributes:
        profile: The native Fargate profile.
        release: The native Helm release.
        front_door: What stands before it.
        alarm: Goes off when more than one request in twenty is answered with a 5xx.
        url: Where the service answers, without a slash at the end.
        role: What the pods run as.
    """

    TARGET_ID: ClassVar[str] = "eks-fargate"
    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: ServiceSpec,
        image: Image,
        cluster: eks.ICluster,
        ingress: IngressConfig,
    ) -> None:
        """Make the service.

        Args:
            scope: Where it belongs.
            construct_id: Its name in the construct tree.
            spec: What the service needs; x86_64, `min_instances` 1 or more.
            image: The image that every target runs; Fargate pulls it as a role that may pull any.
            cluster: Where the pods run: one with Auto Mode's load balancing, in a VPC with private subnets; one service
                of a name in each.
            entrance: How requests come into that VPC: a `FrontDoorLink` of it, or an `OwnDomain`.

        Raises:
            ValueError: if Fargate under EKS cannot run what the spec says.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self, self.TARGET_ID, self.UNSUPPORTED_FIELDS)
        require_min_instances(spec)
        _refuse_what_fargate_lacks(spec)
        namespace = f"{spec.name}-fargate"
        role = web_identity_role(self, cluster=cluster, namespace=namespace, account=spec.name)
        grant_tracing(role, spec)
        self.ingress = ingress.create_ingress(self, name=spec.name, vpc=cluster.vpc)
        around = PodContext(
            namespace=namespace,
            image=image.image_uri(self, spec.architecture),
            region=cdk.Stack.of(self).region,
            target_group_arn=pod_target_group(self.ingress, cluster, spec).target_group_arn,
            on_fargate=True,
            role_arn=role.role_arn,
        )
        self.profile = self._profile(cluster, namespace)
        self.release = release(self, cluster=cluster, manifests=service_manifests(spec, around))
        # Pods that match no profile when they are made are never run; and they leave the target group before it goes.
        self.release.node.add_dependency(role, self.profile, self.ingress.load_balancer)
        self.alarm = self.ingress.error_rate_alarm()
        self.url = self.ingress.url
        self.role: iam.IRole = role

    def _profile(self, cluster: eks.ICluster, namespace: str) -> eks.CfnFargateProfile:
        """Native, because the CDK's own construct would make a cluster of another stack wait for this one."""
        stack = cdk.Stack.of(self)
        profiles = stack.format_arn(service="eks", resource="fargateprofile", resource_name=f"{cluster.cluster_name}/*")
        principal = iam.ServicePrincipal(
            "eks-fargate-pods.amazonaws.com", conditions={"ArnLike": {"aws:SourceArn": profiles}}
        )
        managed = iam.ManagedPolicy.from_aws_managed_policy_name(_POLICY)
        role = iam.Role(self, "ExecutionRole", assumed_by=principal, managed_policies=[managed])
        acknowledge_managed_policy(role, _POLICY)
        return eks.CfnFargateProfile(
            self,
            "Profile",
            cluster_name=cluster.cluster_name,
            pod_execution_role_arn=role.role_arn,
            selectors=[eks.CfnFargateProfile.SelectorProperty(namespace=namespace)],
            subnets=[subnet.subnet_id for subnet in cluster.vpc.private_subnets],
        )


def _refuse_what_fargate_lacks(spec: ServiceSpec) -> None:
    if spec.architecture != "x86_64":
        fault, allowed, fix = f"architecture is {spec.architecture!r}", "'x86_64'", "take eks-auto for arm64"
    elif spec.memory_mib > _MOST_MEMORY_MIB:
        fault, allowed, fix = f"memory_mib is {spec.memory_mib}", f"128 to {_MOST_MEMORY_MIB}", "ask for less"
    else:
        return
    raise ValueError(f"service {spec.name!r} cannot run on Fargate under EKS: {fault}; allowed: {allowed}; fix: {fix}")
