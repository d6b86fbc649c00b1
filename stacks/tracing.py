"""The X-Ray group and sampling rule of the service, and Transaction Search."""

import math

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_xray as xray
from constructs import Construct

from microservice import ServiceSpec


class TracingStack(cdk.Stack):
    """An X-Ray group of the service's traces, and a sampling rule.

    The rule applies to Step Functions, by the state machine's name. The service samples by its environment variables.
    """

    def __init__(self, scope: Construct, construct_id: str, *, spec: ServiceSpec) -> None:
        super().__init__(scope, construct_id)
        xray.CfnGroup(self, "Group", group_name=spec.name, filter_expression=f'service("{spec.name}")')
        xray.CfnSamplingRule(
            self,
            "Sampling",
            sampling_rule=xray.CfnSamplingRule.SamplingRuleProperty(
                rule_name=spec.name,
                version=1,
                priority=1000,
                # At least one trace a second; none if tracing is off.
                reservoir_size=math.ceil(spec.trace_sampling_rate),
                fixed_rate=spec.trace_sampling_rate,
                service_type="*",
                service_name=spec.name,
                resource_arn="*",
                host="*",
                http_method="*",
                url_path="*",
            ),
        )


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
