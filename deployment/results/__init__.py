"""What a run found out: `build/local/results.json`, from which the screen, the comparison and the page are made."""

from .deployment import DeploymentResult
from .file import FILE_NAME, SCHEMA, Engine, Results, read, write
from .isolation import IsolationResult
from .outcome import Check, Container, Outcome
from .target import TargetResult
from .workflow import PARTS, OrderEnd, PermissionResult, Trace, TraceNode, WorkflowResult

__all__ = [
    "FILE_NAME",
    "PARTS",
    "SCHEMA",
    "Check",
    "Container",
    "DeploymentResult",
    "Engine",
    "IsolationResult",
    "OrderEnd",
    "Outcome",
    "PermissionResult",
    "Results",
    "TargetResult",
    "Trace",
    "TraceNode",
    "WorkflowResult",
    "read",
    "write",
]
