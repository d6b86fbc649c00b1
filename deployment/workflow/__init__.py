"""The orders' way through the workflow, followed in the table, in executions and in one trace."""
