"""A check of an account: when it is needed, what it may read, and how it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from botocore.exceptions import ClientError

from deployment.preflight.account import AWS_ERRORS, Account, as_reason, is_access_denied
from deployment.preflight.finding import Finding, not_checked
from deployment.preflight.plan import Plan


@dataclass(frozen=True, kw_only=True)
class Check:
    """One read-only check.

    Attributes:
        name: the subject, as the table shows it.
        permissions: IAM actions that it calls.
        is_needed: whether a plan needs the check.
        run: asks AWS, and returns the findings.
    """

    name: str
    permissions: tuple[str, ...]
    is_needed: Callable[[Plan], bool]
    run: Callable[[Plan, Account], Iterable[Finding]]

    def findings(self, plan: Plan, account: Account) -> list[Finding]:
        """Run the check; a missing permission or an unavailable service makes it "not checked", never an error."""
        try:
            return list(self.run(plan, account))
        except AWS_ERRORS as error:
            return [not_checked(self.name, self._reason(error))]
        except LookupError as error:
            return [not_checked(self.name, f"the response has no {error}")]

    def _reason(self, error: Exception) -> str:
        if not isinstance(error, ClientError) or not is_access_denied(error):
            return as_reason(error)
        missing = [action for action in self.permissions if action.endswith(f":{error.operation_name}")]
        return f"the permission {(missing or [error.operation_name])[0]} is missing"
