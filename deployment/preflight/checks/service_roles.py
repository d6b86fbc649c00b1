"""Check of the service-linked roles that must exist before the first deployment.

Only Amazon ECS is checked: its first `CreateCluster` of an account creates the role and assumes it at once, and often
fails, because a new role takes time to propagate (https://github.com/aws/containers-roadmap/issues/2614). The other
services create theirs with the first resource and wait for it:

- Elastic Load Balancing: https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-service-linked-roles.html
- EC2 Auto Scaling: https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-service-linked-role.html
- Application Auto Scaling:
  https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html
- Amazon EKS: https://docs.aws.amazon.com/eks/latest/userguide/using-service-linked-roles.html
- Elastic Beanstalk: https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-service-linked-roles.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from botocore.exceptions import ClientError

from deployment.preflight.account import Account, error_code
from deployment.preflight.check import Check
from deployment.preflight.finding import Finding, failed, passed
from deployment.preflight.plan import Plan

NAME = "service-linked role"


@dataclass(frozen=True)
class ServiceRole:
    """A role that has to exist.

    Attributes:
        name: the role's name.
        service: principal of the service that owns it.
        types: resource types that need it.
        source: page or issue that says so.
    """

    name: str
    service: str
    types: tuple[str, ...]
    source: str


REQUIRED = (
    ServiceRole(
        "AWSServiceRoleForECS",
        "ecs.amazonaws.com",
        ("AWS::ECS::Cluster", "AWS::ECS::Service", "AWS::ECS::ExpressGatewayService", "AWS::ECS::CapacityProvider"),
        "https://github.com/aws/containers-roadmap/issues/2614",
    ),
)


def judge(role: ServiceRole, *, exists: bool) -> Finding:
    """Return whether the role lets the first deployment start."""
    if exists:
        return passed(NAME, f"{role.name} exists")
    return failed(
        NAME,
        f"{role.name} does not exist, and {role.service} may fail to assume a role that it has just created",
        f"aws iam create-service-linked-role --aws-service-name {role.service}",
        source=role.source,
    )


def _run(plan: Plan, account: Account) -> Iterator[Finding]:
    for role in REQUIRED:
        if account.new_resources(plan, *role.types):
            yield judge(role, exists=_exists(account, role.name))
        elif plan.has(*role.types):
            yield passed(NAME, f"{role.name} is in use")


def _exists(account: Account, name: str) -> bool:
    try:
        account.client("iam").get_role(RoleName=name)
    except ClientError as error:
        if error_code(error) in ("NoSuchEntity", "NoSuchEntityException"):
            return False
        raise
    return True


CHECK = Check(
    name=NAME,
    permissions=("iam:GetRole",),
    is_needed=lambda plan: any(plan.has(*role.types) for role in REQUIRED),
    run=_run,
)
