"""The state of an EKS add-on.

CloudFormation treats an add-on that is degraded as created, for instance metrics-server without which a
HorizontalPodAutoscaler never scales (https://github.com/hashicorp/terraform-provider-aws/issues/44669).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deployment.after_deploy.verdict import Service, Verdict
from deployment.preflight.account import Account
from deployment.preflight.finding import failed, passed
from deployment.preflight.plan import Plan
from deployment.template import Resource

_SOURCE = "https://docs.aws.amazon.com/eks/latest/userguide/add-ons-troubleshooting.html"
# Add-ons stay degraded for the minutes in which the first node starts.
_MAY_CHANGE = ("CREATING", "UPDATING", "DEGRADED")


def judge(stack: str, addon: Mapping[str, Any]) -> Verdict:
    """Return whether an add-on works.

    Args:
        stack: name of the stack.
        addon: the `addon` that EKS describes.
    """
    name, status = addon["addonName"], addon["status"]
    if status == "ACTIVE":
        return Verdict(passed(stack, f"EKS add-on {name}: {status}"))
    issues = [
        f"{issue.get('code', '')}: {issue.get('message', '')}" for issue in addon.get("health", {}).get("issues", ())
    ]
    effect = "; pods are not scaled without it" if name == "metrics-server" else ""
    return Verdict(
        failed(
            stack,
            f"EKS add-on {name}: {status}{effect}. {'; '.join(issues)}".rstrip(". "),
            f"aws eks describe-addon --cluster-name {addon['clusterName']} --addon-name {name}",
            "kubectl get pods,events --namespace kube-system",
            source=_SOURCE,
        ),
        status in _MAY_CHANGE,
    )


def _verdict(plan: Plan, account: Account, resource: Resource) -> Verdict:
    # The physical ID has both names.
    cluster, _, name = str(account.physical_id(resource)).partition("|")
    found = plan.follow(resource, resource.properties.get("ClusterName"))
    cluster = (account.physical_id(found) if found else None) or cluster
    addon = account.client("eks").describe_addon(
        clusterName=cluster, addonName=str(resource.properties.get("AddonName") or name)
    )["addon"]
    return judge(resource.stack, addon)


ADDON = Service(type="AWS::EKS::Addon", permissions=("eks:DescribeAddon",), verdict=_verdict)
