"""The Kubernetes cluster of both EKS targets."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk.lambda_layer_kubectl_v36 import KubectlV36Layer
from constructs import Construct

from microservice import acknowledge, acknowledge_managed_policy, set_service_timeout, log_group

_CLUSTER_POLICIES = ("Cluster", "Compute", "BlockStorage", "LoadBalancing", "Networking")
_NODE_POLICIES = ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")
_FUNCTION_POLICIES = ("service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole")


class EksClusterStack(cdk.Stack):
    """One EKS cluster in Auto Mode, for all services that run on Kubernetes.

    It costs $0.10 an hour ($73 a month) and about 12 % on top of each instance that it starts (us-east-1, 2026-08); the
    first runs the add-on. It answers inside the VPC only: the functions that deploy stand there, and people take
    CloudShell in the VPC and an access entry (`cluster.grant_access`); nobody has one from the start, whoever deployed
    it neither. All five logs of the control plane are kept a month; its data is encrypted with AWS's own key. AWS
    upgrades it at the end of standard support, for extended support costs six times as much. Its name is the stack's,
    because its log group must stand before it: what would replace the cluster fails for that, and needs another stack.
    The one add-on is metrics-server, for scaling; names are answered by Auto Mode's instances themselves, and pods on
    Fargate ask the VPC. Deleting it takes its instances along. CloudFormation waits 16 minutes for the function that
    tells it to enforce network policies; for cluster and add-on it has limits of its own, which no property changes.
    https://docs.aws.amazon.com/eks/latest/userguide/automode.html
    """

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc) -> None:
        super().__init__(scope, construct_id)
        cluster = _cluster(self, vpc)
        _apply_l1_overrides(cluster)
        _restrict_kubectl_handlers(cluster)
        _acknowledge(cluster)
        # The interface has a member that its only class keeps to itself.
        self.cluster = cast("eks.ICluster", cluster)
        eks.Addon(self, "MetricsServer", cluster=self.cluster, addon_name="metrics-server")
        _enforce_network_policies(self, self.cluster)


def _cluster(stack: cdk.Stack, vpc: ec2.IVpc) -> eks.Cluster:
    return eks.Cluster(
        stack,
        "Cluster",
        cluster_name=stack.stack_name,
        version=eks.KubernetesVersion.V1_36,
        vpc=vpc,
        vpc_subnets=[ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)],
        # The pool `system` would keep instances of its own for the add-on.
        compute=eks.ComputeConfig(node_pools=["general-purpose"], node_role=_node_role(stack)),
        endpoint_access=eks.EndpointAccess.PRIVATE,
        bootstrap_cluster_creator_admin_permissions=False,
        # Auto Mode has its own, and the API refuses a cluster that asks for both.
        bootstrap_self_managed_addons=False,
        cluster_logging=list(eks.ClusterLoggingTypes),
        kubectl_provider_options=eks.KubectlProviderOptions(kubectl_layer=KubectlV36Layer(stack, "Kubectl")),
    )


def _node_role(stack: cdk.Stack) -> iam.Role:
    """What instances run as: pods have roles of their own, so that pulling images is all that is left."""
    managed = [iam.ManagedPolicy.from_aws_managed_policy_name(policy) for policy in _NODE_POLICIES]
    role = iam.Role(stack, "NodeRole", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"), managed_policies=managed)
    for policy in _NODE_POLICIES:
        acknowledge_managed_policy(role, policy)
    return role


def _apply_l1_overrides(cluster: eks.Cluster) -> None:
    resource = cast("eks.CfnCluster", cluster.node.default_child)
    resource.upgrade_policy = eks.CfnCluster.UpgradePolicyProperty(support_type="STANDARD")
    # EKS would make this one itself, and nothing would ever delete it.
    name = f"/aws/eks/{cluster.stack.stack_name}/cluster"
    resource.node.add_dependency(log_group(cluster.stack, "ControlPlaneLogs", name=name))


def _enforce_network_policies(stack: cdk.Stack, cluster: eks.ICluster) -> None:
    """Auto Mode takes policies and ignores them until it is told not to.

    https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html
    """
    switch = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "amazon-vpc-cni", "namespace": "kube-system"},
        "data": {"enable-network-policy-controller": "true"},
    }
    set_service_timeout(
        eks.KubernetesManifest(
            stack, "NetworkPolicies", cluster=cluster, manifest=[switch], prune=False, overwrite=True
        )
    )


def _functions(cluster: eks.Cluster) -> tuple[Construct, Construct]:
    """The function with which the CDK applies manifests and charts, and the one that answers CloudFormation for it."""
    provider = cluster.node.find_child("KubectlProvider").node
    framework = provider.find_child("Provider").node.find_child("framework-onEvent")
    return cast("Construct", provider.find_child("Handler")), cast("Construct", framework)


def _restrict_kubectl_handlers(cluster: eks.Cluster) -> None:
    """The CDK would keep their logs for two years and leave them behind, and let one read every image in ECR."""
    for function in _functions(cluster):
        function.node.try_remove_child("LogGroup")
        resource = cast("cdk.CfnResource", function.node.default_child)
        resource.add_property_override("LoggingConfig.LogGroup", log_group(function).log_group_name)
    handler, _ = _functions(cluster)
    handler.node.try_remove_child("HasEcrPublic")
    role = cast("iam.CfnRole", handler.node.find_child("ServiceRole").node.default_child)
    managed = [iam.ManagedPolicy.from_aws_managed_policy_name(policy) for policy in _FUNCTION_POLICIES]
    role.managed_policy_arns = [policy.managed_policy_arn for policy in managed]


def _acknowledge(cluster: eks.Cluster) -> None:
    for policy in _CLUSTER_POLICIES:
        acknowledge_managed_policy(cluster.role, f"AmazonEKS{policy}Policy")
    handler, framework = _functions(cluster)
    for policy in _FUNCTION_POLICIES:
        acknowledge_managed_policy(handler, policy)
        acknowledge_managed_policy(framework, policy)
    acknowledge(handler, "AwsSolutions-L1", "the CDK's own function: its runtime comes with the CDK")
    name = cluster.stack.get_logical_id(cast("cdk.CfnElement", handler.node.default_child))
    acknowledge(framework, f"AwsSolutions-IAM5[Resource::<{name}.Arn>:*]", "any version of the one function beside it")
    for action in ("GetBucket*", "GetObject*", "List*"):
        acknowledge(handler, f"AwsSolutions-IAM5[Action::s3:{action}]", "reading charts, in the CDK's own words")
    bucket = f"cdk-{cluster.stack.synthesizer.bootstrap_qualifier}-assets-<AWS::AccountId>-<AWS::Region>"
    assets = f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::{bucket}/*]"
    acknowledge(handler, assets, "charts lie in the bootstrap's bucket, by their hashes")
