"""A run of the reconciler on demand."""

from __future__ import annotations

import json
from typing import Any

from deployment.errors import ActionableError
from deployment.workflow.resources import Workflow

# The event of its schedule.
_EVENT = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
# CloudFormation generates the name of the log group.
_LOG_GROUP = "aws lambda get-function-configuration --function-name {} --query LoggingConfig.LogGroup"


def run(workflow: Workflow) -> Any:
    """Run the reconciler, and return its result.

    Raises:
        ActionableError: the function failed.
    """
    response = workflow.client("lambda").invoke(FunctionName=workflow.reconciler, Payload=json.dumps(_EVENT))
    text = response["Payload"].read().decode()
    if "FunctionError" in response:
        fix = f"read the log group: {_LOG_GROUP.format(workflow.reconciler)}"
        raise ActionableError("the reconciler failed", _message(text), fix)
    return json.loads(text or "null")


def _message(text: str) -> str:
    try:
        found = json.loads(text)
        return f"{found['errorType']}: {found['errorMessage']}"
    except (ValueError, KeyError, TypeError):
        return text[:200]
