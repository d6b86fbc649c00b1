"""The price rules by resource type: every type is priced, free with a reason, or named as unpriced."""

from collections.abc import Callable, Mapping

from deployment.template import TargetTemplates
from pricing.charges import Rule
from pricing.packing import Packing
from pricing.prices import PriceList
from pricing.rules import (
    api_gateway,
    app_runner,
    cloudwatch,
    data,
    ec2,
    ecs,
    eks,
    elastic_beanstalk,
    elastic_load_balancing,
    lambda_,
    step_functions,
    vpc,
    waf,
)
from pricing.rules.free import FREE, UNPRICED
from pricing.workload import HELM_CHART, Workload

__all__ = ["FREE", "PACKINGS", "PRICED", "UNPRICED"]

PRICED: Mapping[str, Rule] = {
    "AWS::ApiGatewayV2::Api": api_gateway.http_api,
    "AWS::AppRunner::Service": app_runner.service,
    "AWS::ApplicationAutoScaling::ScalingPolicy": cloudwatch.scaling_policy,
    "AWS::AutoScaling::AutoScalingGroup": ec2.auto_scaling_group,
    "AWS::AutoScaling::ScalingPolicy": cloudwatch.scaling_policy,
    "AWS::CloudWatch::Alarm": cloudwatch.alarm,
    "AWS::CloudWatch::Dashboard": cloudwatch.dashboard,
    "AWS::DynamoDB::Table": data.table,
    "AWS::EC2::EIP": vpc.elastic_ip,
    "AWS::EC2::NatGateway": vpc.nat_gateway,
    "AWS::EC2::VPCEndpoint": vpc.vpc_endpoint,
    "AWS::ECR::Repository": data.repository,
    "AWS::ECS::CapacityProvider": ecs.capacity_provider,
    "AWS::ECS::ExpressGatewayService": ecs.express_service,
    "AWS::ECS::Service": ecs.service,
    "AWS::EKS::Cluster": eks.cluster,
    "AWS::ElasticBeanstalk::Environment": elastic_beanstalk.environment,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": elastic_load_balancing.load_balancer,
    "AWS::Events::Rule": lambda_.rule,
    "AWS::Lambda::Alias": lambda_.alias,
    "AWS::Lambda::Function": lambda_.function,
    "AWS::Logs::LogGroup": cloudwatch.log_group,
    "AWS::Pipes::Pipe": step_functions.pipe,
    "AWS::SNS::Topic": step_functions.topic,
    "AWS::SQS::Queue": step_functions.queue,
    "AWS::SecretsManager::Secret": data.secret,
    "AWS::StepFunctions::StateMachine": step_functions.state_machine,
    "AWS::WAFv2::WebACL": waf.web_acl,
    "AWS::WAFv2::WebACLAssociation": waf.association,
    "AWS::XRay::SamplingRule": cloudwatch.sampling_rule,
    HELM_CHART: eks.helm_release,
}

PACKINGS: Mapping[str, Callable[[TargetTemplates, Workload, PriceList], Packing | None]] = {
    "AWS::ECS::Service": ecs.packing,
    HELM_CHART: eks.packing,
}
"""Type of a resource that runs replicas -> the instances that AWS starts for them, where it does."""
