"""Help texts of the workflow's commands; PROGRAM stands for the program that they belong to."""

HELP = """Inspect and repair the workflow: orders that wait, dead letters, ended executions.

Every repair is safe to repeat: each step of an order belongs to one
execution, and another execution ends without any effect.

\b
Examples:
  PROGRAM workflow status            open orders, and their age
  PROGRAM workflow replay --dry-run  orders of dead letters
  PROGRAM workflow redrive           resume ended executions
  PROGRAM workflow reconcile         do not wait for the next run

docs/operating-the-workflow.md has a section for each alarm.

\b
Exit status:
  0  success
  1  something failed, or nothing was confirmed; see the fix
  2  unknown command or option
"""
STATUS_HELP = """Show the pipe, executions, dead letters and open orders.

Lists the orders that are open for too long, the oldest first, with the state
of the execution that owns each. Only reads.

\b
Examples:
  PROGRAM workflow status
  PROGRAM workflow status --older-than 60 --limit 100
  PROGRAM workflow status --json
"""
REPLAY_HELP = """Start an execution for each order in the dead-letter queue.

A dead letter has the position of a record in the table's stream, not the
order. The command reads the record; after 24 hours it is gone, and the
command takes the orders that were placed before it and have no execution.
Orders that are final or have an execution are left alone. A dead letter is
deleted only after its executions have started.

\b
Examples:
  PROGRAM workflow replay --dry-run
  PROGRAM workflow replay --limit 10
  PROGRAM workflow replay --yes
"""
REDRIVE_HELP = """Continue open orders whose execution failed, timed out or was aborted.

Step Functions redrives an execution from the step that failed, with its own
definition, up to 14 days later. Where it cannot, or the execution ended in a
Fail state, another execution starts from the first step and takes over the
order. An execution of a final order, such as one that compensated it, is not
redriven.

ORDER is the ID of an order. Default: all open orders.

\b
Examples:
  PROGRAM workflow redrive --dry-run
  PROGRAM workflow redrive ord_019ab5b7e1d00f2ad6b94c71e6d3b5a8
  PROGRAM workflow redrive --yes
"""
RECONCILE_HELP = """Run the reconciler now, and print what it did.

Its schedule runs it every five minutes. It starts another execution for orders
that are open for too long and whose execution has ended, and frees the slots
of ended executions.

\b
Example:
  PROGRAM workflow reconcile --yes
"""
