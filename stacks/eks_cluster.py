"""The EKS cluster that both EKS targets share."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk.lambda_layer_kubectl_v36 import KubectlV36Layer
from constructs import Construct

from microservice import acknowledge, acknowledge_managed_policy, log_group, managed_policy_role, set_service_timeout

_CLUSTER_POLICIES = ("Cluster", "Compute", "BlockStorage", "LoadBalancing", "Networking")
_NODE_POLICIES = ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")
_FUNCTION_POLICIES = ("service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole")


class EksClusterStack(cdk.Stack):
    """An EKS cluster in Auto Mode for all services on Kubernetes.

    It costs $0.10 an hour ($73 a month), and about 12 % in addition to each instance (us-east-1, 2026-08); the add-on
    runs on the first instance. The API endpoint is private: the CDK's functions run inside the VPC, and you use
    CloudShell in the VPC with an access entry (`cluster.grant_access`). No identity has access at first, including the
    one that deploys. All five control plane logs have a retention of one month. The data is encrypted with an AWS owned
    key. AWS upgrades the cluster at the end of standard support, because extended support costs six times as much.

    The name of the cluster is that of the stack, because its log group must exist first. A change that replaces the
    cluster (its role, IP family or name) therefore fails, changes nothing, and requires another stack.
    `load_balancer_security_group` is the one source of requests that the cluster's security group accepts, because the
    quota is 60 rules of a group. The one add-on is metrics-server, for scaling, unless `secrets_store` adds the Secrets
    Store CSI Driver for services with `ServiceSpec.secrets`. Auto Mode serves DNS on its instances; pods on Fargate use
    the DNS of the VPC. Deletion terminates the instances. CloudFormation
    waits 16 minutes for the function that turns on network policies; the timeouts of cluster and add-on are fixed.
    https://docs.aws.amazon.com/eks/latest/userguide/automode.html
    """

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, secrets_store: bool = False) -> None:
        super().__init__(scope, construct_id)
        cluster = _cluster(self, vpc)
        _apply_l1_overrides(cluster)
        _restrict_kubectl_handlers(cluster)
        _acknowledge(cluster)
        # mypy: a member of the interface is protected in its only implementation.
        self.cluster = cast("eks.ICluster", cluster)
        _add_ons(self, self.cluster, secrets_store=secrets_store)
        _enforce_network_policies(self, self.cluster)
        self.load_balancer_security_group = _load_balancer_security_group(self, self.cluster)


def _cluster(stack: cdk.Stack, vpc: ec2.IVpc) -> eks.Cluster:
    return eks.Cluster(
        stack,
        "Cluster",
        cluster_name=stack.stack_name,
        version=eks.KubernetesVersion.V1_36,
        vpc=vpc,
        vpc_subnets=[ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)],
        # The node pool `system` would start separate instances for the add-on.
        compute=eks.ComputeConfig(node_pools=["general-purpose"], node_role=_node_role(stack)),
        endpoint_access=eks.EndpointAccess.PRIVATE,
        bootstrap_cluster_creator_admin_permissions=False,
        # Auto Mode includes these; the API rejects a cluster with both.
        bootstrap_self_managed_addons=False,
        cluster_logging=list(eks.ClusterLoggingTypes),
        kubectl_provider_options=eks.KubectlProviderOptions(kubectl_layer=KubectlV36Layer(stack, "Kubectl")),
    )


def _load_balancer_security_group(stack: cdk.Stack, cluster: eks.ICluster) -> ec2.SecurityGroup:
    group = ec2.SecurityGroup(
        stack, "LoadBalancers", vpc=cluster.vpc, description="Load balancers of services", allow_all_outbound=False
    )
    group.connections.allow_to(cluster.cluster_security_group, ec2.Port.tcp_range(1024, 65535), "Requests to pods")
    return group


def _node_role(stack: cdk.Stack) -> iam.Role:
    """Create the node role, which may only pull images: pods have roles of their own."""
    return managed_policy_role(stack, "NodeRole", service="ec2.amazonaws.com", policies=_NODE_POLICIES)


def _apply_l1_overrides(cluster: eks.Cluster) -> None:
    resource = cast("eks.CfnCluster", cluster.node.default_child)
    resource.upgrade_policy = eks.CfnCluster.UpgradePolicyProperty(support_type="STANDARD")
    # EKS would create this log group itself, and nothing would ever delete it.
    name = f"/aws/eks/{cluster.stack.stack_name}/cluster"
    resource.node.add_dependency(log_group(cluster.stack, "ControlPlaneLogs", name=name))


def _enforce_network_policies(stack: cdk.Stack, cluster: eks.ICluster) -> None:
    """Turn on network policies, which Auto Mode ignores by default.

    https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html
    """
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "amazon-vpc-cni", "namespace": "kube-system"},
        "data": {"enable-network-policy-controller": "true"},
    }
    set_service_timeout(
        eks.KubernetesManifest(
            stack, "NetworkPolicies", cluster=cluster, manifest=[config_map], prune=False, overwrite=True
        )
    )


def _add_ons(stack: cdk.Stack, cluster: eks.ICluster, *, secrets_store: bool) -> None:
    eks.Addon(stack, "MetricsServer", cluster=cluster, addon_name="metrics-server")
    if secrets_store:
        _secrets_store(stack, cluster)


def _secrets_store(stack: cdk.Stack, cluster: eks.ICluster) -> None:
    """Install the CSI driver that mounts secrets, with AWS's provider, as DaemonSets on every instance.

    By default, the driver creates no Kubernetes Secrets and reads no newer versions, and the provider tolerates no
    taint: pods for arm64 would wait for their secrets. A shorter interval costs more calls of Secrets Manager.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/ascp-eks-installation.html
    https://secrets-store-csi-driver.sigs.k8s.io/topics/secret-auto-rotation
    """
    driver = {"syncSecret": {"enabled": True}, "enableSecretRotation": True, "rotationPollInterval": "5m"}
    eks.Addon(
        stack,
        "SecretsStore",
        cluster=cluster,
        addon_name="aws-secrets-store-csi-driver-provider",
        configuration_values={"tolerations": [{"operator": "Exists"}], "secrets-store-csi-driver": driver},
    )


def _functions(cluster: eks.Cluster) -> tuple[Construct, Construct]:
    """Return the CDK's kubectl handler, and the provider function that calls it."""
    provider = cluster.node.find_child("KubectlProvider").node
    framework = provider.find_child("Provider").node.find_child("framework-onEvent")
    return cast("Construct", provider.find_child("Handler")), cast("Construct", framework)


def _restrict_kubectl_handlers(cluster: eks.Cluster) -> None:
    """Restrict the CDK's functions: log groups of this stack, and no permission to read every image in ECR."""
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
    acknowledge(handler, "AwsSolutions-L1", "the CDK chooses the runtime of its own function")
    name = cluster.stack.get_logical_id(cast("cdk.CfnElement", handler.node.default_child))
    acknowledge(framework, f"AwsSolutions-IAM5[Resource::<{name}.Arn>:*]", "any version of the one kubectl handler")
    for action in ("GetBucket*", "GetObject*", "List*"):
        acknowledge(handler, f"AwsSolutions-IAM5[Action::s3:{action}]", "the CDK's own statement for reading charts")
    bucket = f"cdk-{cluster.stack.synthesizer.bootstrap_qualifier}-assets-<AWS::AccountId>-<AWS::Region>"
    assets = f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::{bucket}/*]"
    acknowledge(handler, assets, "charts are assets in the bootstrap bucket, named by their hashes")
