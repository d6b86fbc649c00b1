"""IAM roles for pods: Pod Identity on instances, IAM roles for service accounts (IRSA) on Fargate."""

import json
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct


def pod_identity_role(scope: Construct, *, cluster: eks.ICluster, namespace: str, account: str) -> iam.Role:
    """Create a role that Pod Identity gives to the pods of a service account when they start.

    The agent is part of Auto Mode. Pod Identity names cluster, namespace and service account in session tags, which the
    trust policy requires (https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html,
    https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html).

    Args:
        scope: The parent construct.
        cluster: The cluster.
        namespace: Namespace of the service account.
        account: Name of the service account.
    """
    tags = {
        "aws:RequestTag/eks-cluster-arn": cluster.cluster_arn,
        "aws:RequestTag/kubernetes-namespace": namespace,
        "aws:RequestTag/kubernetes-service-account": account,
    }
    pods = iam.ServicePrincipal("pods.eks.amazonaws.com", conditions={"StringEquals": tags})
    role = iam.Role(scope, "Role", assumed_by=iam.SessionTagsPrincipal(pods))
    eks.CfnPodIdentityAssociation(
        role,
        "Association",
        cluster_name=cluster.cluster_name,
        namespace=namespace,
        service_account=account,
        role_arn=role.role_arn,
    )
    return role


def web_identity_role(scope: Construct, *, cluster: eks.ICluster, namespace: str, account: str) -> iam.Role:
    """Create a role for a service account that names the role in an annotation.

    The keys of the trust policy's conditions contain the issuer, which is known at deployment only. CloudFormation
    resolves no intrinsic functions in keys, so the policy is one string with the issuer substituted.
    https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html

    Args:
        scope: The parent construct.
        cluster: The cluster.
        namespace: Namespace of the service account.
        account: Name of the service account.
    """
    provider = cluster.open_id_connect_provider
    arn = provider.open_id_connect_provider_arn
    claims = {"aud": "sts.amazonaws.com", "sub": f"system:serviceaccount:{namespace}:{account}"}
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": "${Provider}"},
        "Condition": {"StringEquals": {f"${{Issuer}}:{claim}": value for claim, value in claims.items()}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = iam.Role(scope, "Role", assumed_by=iam.WebIdentityPrincipal(arn))
    cast("iam.CfnRole", role.node.default_child).assume_role_policy_document = cdk.Fn.sub(
        document, {"Provider": arn, "Issuer": provider.open_id_connect_provider_issuer}
    )
    return role
