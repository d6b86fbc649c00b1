"""The workflow: table stream, EventBridge Pipe, and a state machine with a Lambda function and a Fargate task."""

from .stack import WorkflowStack

__all__ = ["WorkflowStack"]
