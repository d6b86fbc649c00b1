"""Quick drills: what a drill gets from a run, without waiting for metrics, traces or an hour."""

import httpx

from deployment.deployed_app import DeployedApp
from deployment.results import Outcome
from sandbox.drill import DrillContext, DrillOutcome
from sandbox.preflight.stack_collisions import TAG


def deploys(context: DrillContext) -> DrillOutcome:
    """The service responds, every stack has the tag, and a second deployment changes nothing."""
    app = DeployedApp.read(context.environment)
    url = app.stacks[context.stack].outputs["Url"]
    base, headers = context.environment.request_target(url)
    if httpx.get(f"{base}/livez", headers=headers, timeout=30).status_code != httpx.codes.OK:
        return _failed("no response")
    cloudformation = context.environment.client("cloudformation")
    for name, stack_id in context.stacks.items():
        [stack] = cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
        if {"Key": TAG, "Value": context.run} not in stack["Tags"]:
            return _failed(f"{name} has no tag")
    again = context.redeploy()
    if not again.is_no_op:
        return _failed(f"the second deployment is no no-op: {again}")
    return DrillOutcome(outcome=Outcome.PASSED, proven=["spans-arrive"])


def waits(context: DrillContext) -> DrillOutcome:
    """Time in which a test interrupts the run."""
    context.report("waiting")
    context.sleep(3)
    return DrillOutcome(outcome=Outcome.PASSED)


def destroys(context: DrillContext) -> DrillOutcome:
    """Nothing is left in the account."""
    before = dict(context.stacks)
    context.delete_all()
    cloudformation = context.environment.client("cloudformation")
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    left = {stack["StackId"] for page in pages for stack in page["Stacks"]} & set(before.values())
    return _failed("a stack is left") if left else DrillOutcome(outcome=Outcome.PASSED)


def _failed(reason: str) -> DrillOutcome:
    return DrillOutcome(outcome=Outcome.FAILED, reason=reason)


RUN = {"D1": deploys, "D3": waits, "D10": destroys}
