"""Operate the deployed workflow: open orders, dead letters, executions that ended without a result."""

READ_PERMISSIONS = (
    "cloudformation:DescribeStacks",
    "dynamodb:BatchGetItem",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:Query",
    "pipes:DescribePipe",
    "sqs:GetQueueAttributes",
    "states:DescribeExecution",
    "states:GetExecutionHistory",
    "states:ListExecutions",
)
REPAIR_PERMISSIONS = (
    "lambda:InvokeFunction",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:ReceiveMessage",
    "states:RedriveExecution",
    "states:StartExecution",
)
