"""The X-Ray sampling rule of the state machine."""

import math

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_xray as xray
from constructs import Construct

from microservice import ServiceSpec

_MAX_NAME = 32


class StateMachineSampling(Construct):
    """A sampling rule that applies the service's rate to executions.

    X-Ray names the segments of an execution after the state machine. The service itself samples by its environment
    variables. X-Ray cannot rename a rule: its name is the construct's path, so that the service can be renamed.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, spec: ServiceSpec, state_machine: sfn.IStateMachine
    ) -> None:
        super().__init__(scope, construct_id)
        rate = spec.trace_sampling_rate or 0
        xray.CfnSamplingRule(
            self,
            "Rule",
            sampling_rule=xray.CfnSamplingRule.SamplingRuleProperty(
                rule_name=cdk.Names.unique_resource_name(self, max_length=_MAX_NAME),
                version=1,
                priority=1000,
                # At least one trace a second; none if tracing is off.
                reservoir_size=math.ceil(rate),
                fixed_rate=rate,
                service_type="*",
                service_name=cdk.Fn.select(6, cdk.Fn.split(":", state_machine.state_machine_arn)),
                resource_arn="*",
                host="*",
                http_method="*",
                url_path="*",
            ),
        )
