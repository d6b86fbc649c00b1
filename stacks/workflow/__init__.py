"""Table stream -> EventBridge Pipe -> Step Functions over a Lambda function and a Fargate task of the same image."""

from .stack import WorkflowStack

__all__ = ["WorkflowStack"]
