"""Fixtures of the tests of the workflow: the table, and the writes of the state machine as in the template."""

from tests.unit.sample_service.conftest import aws, dynamodb, service, session_dynamodb, table
from tests.unit.stacks.conftest import state_machine, tasks, workflow

__all__ = ["aws", "dynamodb", "service", "session_dynamodb", "state_machine", "table", "tasks", "workflow"]
