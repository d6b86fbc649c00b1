"""The verdict about one deployed resource."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from deployment.preflight.account import Account
from deployment.preflight.finding import Finding
from deployment.preflight.plan import Plan
from deployment.template import Resource


@dataclass(frozen=True)
class Verdict:
    """A finding, and whether waiting may change it.

    Attributes:
        finding: passed or failed, as of now.
        may_change: whether the service is still changing.
    """

    finding: Finding
    may_change: bool = False


@dataclass(frozen=True, kw_only=True)
class Service:
    """A resource type whose service knows more than CloudFormation.

    Attributes:
        type: the CloudFormation type.
        permissions: IAM actions that `verdict` calls.
        verdict: asks the service about one resource that exists.
    """

    type: str
    permissions: tuple[str, ...]
    verdict: Callable[[Plan, Account, Resource], Verdict]
