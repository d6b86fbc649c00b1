"""Checks of the cluster: an imported one may lack an attribute that a service needs."""

from collections.abc import Callable

from aws_cdk import aws_eks_v2 as eks

_IMPORT = "eks.Cluster.from_cluster_attributes"


def validate_cluster(
    cluster: eks.ICluster,
    *,
    release: bool,
    security_group: bool,
    network_policy: bool = False,
    web_identity: bool = False,
) -> None:
    """Require the attributes of a cluster that a service uses; the CDK would name them without the fix.

    Args:
        cluster: The cluster.
        release: Whether a Helm release needs the kubectl provider.
        security_group: Whether a rule is added to the cluster's security group.
        network_policy: Whether a network policy allows the addresses of the VPC. Default: False.
        web_identity: Whether the role of the pods needs the OpenID Connect provider. Default: False.

    Raises:
        ValueError: An attribute is missing.
    """
    _require(cluster, "vpc", lambda: cluster.vpc, f"Pass vpc=… to {_IMPORT}.")
    if network_policy:
        _require(
            cluster,
            "vpc.vpc_cidr_block",
            lambda: cluster.vpc.vpc_cidr_block,
            "Pass vpc_cidr_block=… to ec2.Vpc.from_vpc_attributes.",
        )
    if release:
        _require(
            cluster,
            "kubectl_provider",
            lambda: cluster.kubectl_provider,
            f"Pass kubectl_provider=… to {_IMPORT}, or kubectl_provider_options=… to eks.Cluster, or set "
            "release=False.",
        )
    if security_group:
        _require(
            cluster,
            "cluster_security_group",
            lambda: cluster.cluster_security_group,
            f"Pass cluster_security_group_id=… to {_IMPORT}; or pass load_balancer_security_group=…, which the "
            "cluster's security group accepts.",
        )
    if web_identity:
        _require(
            cluster,
            "open_id_connect_provider",
            lambda: cluster.open_id_connect_provider,
            f"Pass open_id_connect_provider=… to {_IMPORT}.",
        )


def _require(cluster: eks.ICluster, attribute: str, read: Callable[[], object], fix: str) -> None:
    try:
        found = read()
    # jsii raises the errors of an imported resource's attributes as this.
    except RuntimeError:
        found = None
    if found is None:
        raise ValueError(
            f"EKS cluster {cluster.node.path!r}: {attribute} is missing (allowed: clusters with it). {fix}"
        )
