"""How pods get a role: by Pod Identity on instances, by the cluster's OpenID Connect issuer elsewhere."""

import json
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct


def pod_identity_role(scope: Construct, *, cluster: eks.ICluster, namespace: str, account: str) -> iam.Role:
    """A role that pods of the service account `account` get when they start; what starts them waits for the role.

    Auto Mode's nodes have the agent for it (https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html).
    """
    principal = iam.SessionTagsPrincipal(iam.ServicePrincipal("pods.eks.amazonaws.com"))
    role = iam.Role(scope, "Role", assumed_by=principal)
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
    """A role for the service account `account`, which names it in an annotation.

    Its conditions are named after the issuer, which is known at deployment only, and CloudFormation puts nothing into
    names: so the document is text, which it takes as well, with the issuer put in.
    https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
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
