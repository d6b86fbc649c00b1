"""How each type of resource is billed: by a rule, as free with a reason, or named as not priced. Nothing in between."""

from collections.abc import Callable, Mapping

from pricing.capacity import Capacity
from pricing.deployment import Resource
from pricing.lines import Bill, Rule
from pricing.rules import data, ecs, functions, kubernetes, machines, networking, observability, workflow
from pricing.rules.free import FREE, UNPRICED

__all__ = ["FREE", "PRICED", "RUNNERS", "UNPRICED", "runs_the_service"]

PRICED: Mapping[str, Rule] = {
    "AWS::ApiGatewayV2::Api": networking.http_api,
    "AWS::AppRunner::Service": functions.app_runner_service,
    "AWS::ApplicationAutoScaling::ScalingPolicy": observability.scaling_policy,
    "AWS::AutoScaling::AutoScalingGroup": machines.auto_scaling_group,
    "AWS::AutoScaling::ScalingPolicy": observability.scaling_policy,
    "AWS::CloudWatch::Alarm": observability.alarm,
    "AWS::DynamoDB::Table": data.table,
    "AWS::EC2::EIP": networking.elastic_ip,
    "AWS::EC2::NatGateway": networking.nat_gateway,
    "AWS::EC2::VPCEndpoint": networking.vpc_endpoint,
    "AWS::ECR::Repository": data.repository,
    "AWS::ECS::CapacityProvider": ecs.capacity_provider,
    "AWS::ECS::ExpressGatewayService": ecs.express_service,
    "AWS::ECS::Service": ecs.service,
    "AWS::EKS::Cluster": kubernetes.cluster,
    "AWS::ElasticBeanstalk::Environment": machines.beanstalk_environment,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": networking.load_balancer,
    "AWS::Lambda::Function": functions.function,
    "AWS::Logs::LogGroup": observability.log_group,
    "AWS::Pipes::Pipe": workflow.pipe,
    "AWS::SNS::Topic": workflow.topic,
    "AWS::SQS::Queue": workflow.queue,
    "AWS::SecretsManager::Secret": data.secret,
    "AWS::StepFunctions::StateMachine": workflow.state_machine,
    "AWS::XRay::SamplingRule": workflow.sampling_rule,
    "Custom::AWSCDK-EKS-HelmChart": kubernetes.release,
}

RUNNERS: Mapping[str, Callable[[Resource, Bill], Capacity]] = {
    "AWS::AppRunner::Service": functions.app_runner_capacity,
    "AWS::AutoScaling::AutoScalingGroup": machines.group_capacity,
    "AWS::ECS::ExpressGatewayService": ecs.express_capacity,
    "AWS::ECS::Service": ecs.service_capacity,
    "AWS::ElasticBeanstalk::Environment": machines.beanstalk_capacity,
    "AWS::Lambda::Function": functions.function_capacity,
    "Custom::AWSCDK-EKS-HelmChart": kubernetes.release_capacity,
}


def runs_the_service(resource: Resource, bill: Bill) -> bool:
    """Whether the resource is what runs a target's copies."""
    if resource.type == "AWS::Lambda::Function":
        return functions.serves(resource, bill)
    return resource.type in RUNNERS and not bill.deployment.is_shared(resource)
