"""How X-Ray sees the service."""

import math

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_xray as xray
from constructs import Construct

from microservice import ServiceSpec


class TracingStack(cdk.Stack):
    """X-Ray's group of the service's traces, and a rule for what samples by asking X-Ray.

    The service takes its share of traces from its own variables; Step Functions asks, by the state machine's name.
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
                # One trace a second, whatever the share; none where tracing is off.
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
    """The account's switch that sends all spans to CloudWatch Logs, where X-Ray's OTLP endpoint needs them.

    Account-wide: every service of the Region is billed by gigabyte of spans from then on, so that nobody gets it
    without asking (`-c transaction_search=true`). It must not be on already; destroying the stack switches it off for
    all of them.
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
