"""Check for service-linked roles that the first deployment of an account creates, and that no deletion removes."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from deployment.preflight import Account, Finding, Plan
from deployment.preflight.check import Check
from deployment.preflight.finding import passed, warned

NAME = "service-linked roles"
_SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html"
_PATH = "/aws-service-role/"
# Type -> the role that its service creates with the first one.
ROLES = {
    "AWS::ApiGatewayV2::VpcLink": "AWSServiceRoleForAPIGateway",
    "AWS::AppRunner::Service": "AWSServiceRoleForAppRunner",
    "AWS::ApplicationAutoScaling::ScalableTarget": "AWSServiceRoleForApplicationAutoScaling_ECSService",
    "AWS::AutoScaling::AutoScalingGroup": "AWSServiceRoleForAutoScaling",
    "AWS::ECS::Cluster": "AWSServiceRoleForECS",
    "AWS::EKS::Cluster": "AWSServiceRoleForAmazonEKS",
    "AWS::EKS::FargateProfile": "AWSServiceRoleForAmazonEKSForFargate",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "AWSServiceRoleForElasticLoadBalancing",
}


def judge(needed: Collection[str], existing: Collection[str]) -> Finding:
    """Return which roles remain after a run although they did not exist before."""
    new = sorted(set(needed) - set(existing))
    if not new:
        return passed(NAME, "all of them exist")
    return warned(
        NAME,
        f"AWS creates {', '.join(new)} for this account; they remain after the run and cost nothing",
        *(f"aws iam delete-service-linked-role --role-name {name}" for name in new[:1]),
        "after the run, if you want them removed",
        source=_SOURCE,
    )


def _run(plan: Plan, account: Account) -> Iterator[Finding]:
    needed = [role for type_, role in ROLES.items() if plan.has(type_)]
    existing = [role["RoleName"] for role in account.pages("iam", "list_roles", "Roles", PathPrefix=_PATH)]
    yield judge(needed, existing)


CHECK = Check(name=NAME, permissions=("iam:ListRoles",), is_needed=lambda plan: plan.has(*ROLES), run=_run)
