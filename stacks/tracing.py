"""The X-Ray group of the service, and Transaction Search."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_xray as xray
from constructs import Construct

from microservice import ServiceSpec


class TracingStack(cdk.Stack):
    """An X-Ray group of the service's traces, which you select in the console.

    X-Ray cannot rename a group: it has the name of the stack, so that the service can be renamed.
    """

    def __init__(self, scope: Construct, construct_id: str, *, spec: ServiceSpec) -> None:
        super().__init__(scope, construct_id)
        xray.CfnGroup(self, "Group", group_name=self.stack_name, filter_expression=f'service("{spec.name}")')


class TransactionSearchStack(cdk.Stack):
    """CloudWatch Transaction Search, which X-Ray's OTLP endpoint requires: it sends all spans to CloudWatch Logs.

    It is a setting of the account and Region, which bills spans of every service by gigabyte. Therefore it is off by
    default (`-c transaction_search=true` turns it on). It must not be on already. Destroying the stack turns it off for
    every service.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Transaction-Search-Cloudformation.html
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        policy = logs.ResourcePolicy(
            self,
            "SpansMayBeWritten",
            policy_statements=[
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal("xray.amazonaws.com")],
                    actions=["logs:PutLogEvents"],
                    resources=[self._log_group("aws/spans"), self._log_group("/aws/application-signals/data")],
                    conditions={
                        "ArnLike": {"aws:SourceArn": self.format_arn(service="xray", resource="*")},
                        "StringEquals": {"aws:SourceAccount": self.account},
                    },
                )
            ],
        )
        search = xray.CfnTransactionSearchConfig(self, "TransactionSearch", indexing_percentage=1)
        search.node.add_dependency(policy)

    def _log_group(self, name: str) -> str:
        return self.format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"{name}:*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
