"""Check that no stack of a run exists: a run creates its stacks, and must not change those of others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from deployment.preflight import Account, Finding, Plan
from deployment.preflight.check import Check
from deployment.preflight.finding import failed, passed

NAME = "stacks"
TAG = "containers-on-aws:sandbox-run"
"""Tag of everything that a run creates; its value is the ID of the run."""


def judge(name: str, tags: Mapping[str, str]) -> Finding:
    """Return the finding for a stack that exists."""
    if run := tags.get(TAG):
        return failed(
            NAME,
            f"{name} remains from the run {run}",
            f"python -m sandbox destroy {run}",
            "or, if its state file is on another computer:",
            "python -m sandbox sweep --account 111122223333",
        )
    return failed(
        NAME,
        f"{name} exists and has no tag of a run: it is not touched",
        "run in another account or Region, or delete the stack if it is yours:",
        f"aws cloudformation describe-stacks --stack-name {name}",
    )


def _run(plan: Plan, account: Account) -> Iterator[Finding]:
    found = [stack for name in plan.names if (stack := account.stack(name))]
    yield from [judge(stack.name, stack.tags) for stack in found] or [passed(NAME, "none of these exists")]


CHECK = Check(
    name=NAME,
    permissions=("cloudformation:DescribeStacks", "cloudformation:ListStackResources"),
    is_needed=lambda _plan: True,
    run=_run,
)
