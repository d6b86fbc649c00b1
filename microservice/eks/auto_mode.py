"""EKS in Auto Mode."""

from collections.abc import Mapping
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..target import add_target_metadata
from ..ingress.config import IngressConfig
from ..image import Image
from .helm_release import pod_target_group, require_min_instances, release
from .manifests import Manifest, PodContext, service_manifests
from .pod import architecture_label
from .pod_iam import pod_identity_role
from ..spec import ServiceSpec
from ..tracing import grant_tracing


class EksAutoMicroservice(Construct):
    """Kubernetes on instances that EKS Auto Mode starts, patches and ends: billed by cluster, instance and a fee.

    It makes a Helm release in a namespace of the service's name (Deployment, Service, scaling on the load of the
    processors, disruption budget, network policy), the front door that Fargate has, whose target group the pods join, a
    role that Pod Identity hands to them, and an alarm on failing answers. A version whose pods do not get ready within
    six minutes fails the deployment and goes back by itself; CloudFormation waits 16 minutes at most. The alarm takes
    nothing back. Pods that stop answer for 15 seconds more, and then have 30. For arm64 it adds a node pool: EKS's own
    is x86_64 only.
    It leaves to you the VPC, the cluster with its kubectl provider and the add-on metrics-server, the VPC Link,
    permissions, telling somebody about the alarm, and keeping logs: `kubectl logs` shows them while a pod lives.
    Choose it where Kubernetes is what a team knows and its tools speak, and many services share a cluster.
    Do not choose it for one small service: cluster and first instance cost more than all the rest of it.

    Attributes:
        release: The native Helm release.
        front_door: What stands before it.
        alarm: Goes off when more than one request in twenty is answered with a 5xx.
        url: Where the service answers, without a slash at the end.
        role: What the pods run as.
    """

    TARGET_ID: ClassVar[str] = "eks-auto"
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
            spec: What the service needs; `min_instances` must be 1 or more.
            image: The image that every target runs; instances pull it as their own role, which may pull any.
            cluster: Where the pods run: in Auto Mode, in a VPC with private subnets; one service of a name in each.
            entrance: How requests come into that VPC: a `FrontDoorLink` of it, or an `OwnDomain`.

        Raises:
            ValueError: if `min_instances` is 0.
        """
        super().__init__(scope, construct_id)
        add_target_metadata(self, self.TARGET_ID, self.UNSUPPORTED_FIELDS)
        require_min_instances(spec)
        role = pod_identity_role(self, cluster=cluster, namespace=spec.name, account=spec.name)
        grant_tracing(role, spec)
        self.ingress = ingress.create_ingress(self, name=spec.name, vpc=cluster.vpc)
        around = PodContext(
            namespace=spec.name,
            image=image.image_uri(self, spec.architecture),
            region=cdk.Stack.of(self).region,
            target_group_arn=pod_target_group(self.ingress, cluster, spec).target_group_arn,
            sources=(cluster.vpc.vpc_cidr_block,),
        )
        self.release = release(self, cluster=cluster, manifests=[*_nodes(spec), *service_manifests(spec, around)])
        # Pods get their role when they start, and leave the target group before it goes.
        self.release.node.add_dependency(role, self.ingress.load_balancer)
        self.alarm = self.ingress.error_rate_alarm()
        self.url = self.ingress.url
        self.role: iam.IRole = role


def _nodes(spec: ServiceSpec) -> list[Manifest]:
    """A node pool for arm64, in all else like EKS's own `general-purpose`; without one such pods would wait for ever.

    https://docs.aws.amazon.com/eks/latest/userguide/create-node-pool.html
    """
    if spec.architecture == "x86_64":
        return []
    wanted = {**architecture_label(spec), "kubernetes.io/os": "linux", "karpenter.sh/capacity-type": "on-demand"}
    requirements: list[Manifest] = [{"key": key, "operator": "In", "values": [wanted[key]]} for key in wanted]
    requirements += [
        {"key": "eks.amazonaws.com/instance-category", "operator": "In", "values": ["c", "m", "r"]},
        {"key": "eks.amazonaws.com/instance-generation", "operator": "Gt", "values": ["4"]},
    ]
    instances = {
        "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"},
        "requirements": requirements,
        "expireAfter": "336h",
        "terminationGracePeriod": "24h",
    }
    return [
        {
            "apiVersion": "karpenter.sh/v1",
            "kind": "NodePool",
            "metadata": {"name": f"{spec.name}-{spec.architecture}"},
            "spec": {
                "template": {"spec": instances},
                "disruption": {"consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "30s"},
            },
        }
    ]
