"""Check that the caller is not the root user: no policy limits it, and it cannot assume roles."""

from __future__ import annotations

from deployment.preflight.check import Check
from deployment.preflight.finding import Finding, failed, passed

NAME = "root user"
_SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html"


def judge(arn: str) -> Finding:
    """Return whether the caller may run."""
    if arn.rpartition(":")[2] == "root":
        return failed(
            NAME,
            "the credentials are those of the root user, which no policy limits",
            f"python -m sandbox policy --account {arn.split(':')[4]}",
            "then sign in with a role or user that has this policy",
            source=_SOURCE,
        )
    return passed(NAME, "the caller is a user or a role")


CHECK = Check(
    name=NAME,
    permissions=("sts:GetCallerIdentity",),
    is_needed=lambda _plan: True,
    run=lambda _plan, account: [judge(account.identity.arn)],
)
