"""The kinds of resources that can remain after a run: how to ask the service of each, and what removes one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError

from deployment.preflight.account import AWS_ERRORS, Account, as_reason, error_code, is_access_denied

# The error codes of a resource that does not exist, such as "ResourceNotFoundException", "InvalidVpcID.NotFound",
# "NoSuchEntity", "StateMachineDoesNotExist" and "QueueDoesNotExist".
_ABSENT = re.compile(r"NotFound|NoSuch|DoesNotExist|NonExistent")
_GONE = frozenset({"deleted", "inactive", "terminated"})
_LEAVING = frozenset({"deleting", "delete_in_progress", "draining", "shutting-down", "terminating"})

Response = Mapping[str, Any]


class State(StrEnum):
    """The state of one resource after everything was deleted."""

    ABSENT = "absent"
    PRESENT = "present"
    UNKNOWN = "unknown"
    EXPECTED = "expected"


@dataclass(frozen=True, kw_only=True)
class ResourceKind:
    """One kind of resource.

    Attributes:
        type: the CloudFormation type.
        ask: asks the resource's own service; an error such as "not found" means that it is absent.
        remove: the command that removes one; `{id}` is its ID, `{name}` the last part of it.
        permission: IAM action of the call.
        arn: service and start of the resource in its ARN, such as "dynamodb:table/". Default: "", none.
        has_arn_as_id: whether the physical ID is the ARN itself. Default: False.
        statuses: the status of each resource in a response, "" for one without. Default: one without.
        expected: why a resource may be in the response although it was deleted; "" if it may not.
    """

    type: str
    ask: Callable[[Account, str], Response]
    remove: str
    permission: str
    arn: str = ""
    has_arn_as_id: bool = False
    statuses: Callable[[Response], Sequence[str]] = lambda _response: ("",)
    expected: Callable[[Response], str] = lambda _response: ""

    def command(self, resource_id: str) -> str:
        """Return the command that removes a resource."""
        return self.remove.format(id=resource_id, name=re.split("[/:]", resource_id)[-1])


def _each(key: str, status: str = "") -> Callable[[Response], Sequence[str]]:
    """Return the statuses of the resources under a key; `status` is a path such as "State.Name"."""

    def statuses(response: Response) -> Sequence[str]:
        return [_value(found, status) for found in response.get(key, ())]

    return statuses


def _one(key: str, status: str) -> Callable[[Response], Sequence[str]]:
    """Return the status of the resource under a key."""
    return lambda response: (_value(response[key], status),)


def _value(found: Any, path: str) -> str:
    for part in path.split(".") if path else ():
        found = found.get(part, "")
    return str(found).lower() if path else ""


def _address(resource_id: str) -> dict[str, Any]:
    name = "allocation-id" if resource_id.startswith("eipalloc-") else "public-ip"
    return {"Filters": [{"Name": name, "Values": [resource_id]}]}


def _pending(response: Response) -> str:
    return "it is deleted after its recovery window" if "DeletedDate" in response else ""


KINDS = (
    ResourceKind(
        type="AWS::ApiGatewayV2::Api",
        ask=lambda account, name: account.client("apigatewayv2").get_api(ApiId=name),
        remove="aws apigatewayv2 delete-api --api-id {id}",
        permission="apigateway:GET",
        arn="apigateway:/apis/",
    ),
    ResourceKind(
        type="AWS::ApiGatewayV2::VpcLink",
        ask=lambda account, name: account.client("apigatewayv2").get_vpc_link(VpcLinkId=name),
        remove="aws apigatewayv2 delete-vpc-link --vpc-link-id {id}",
        permission="apigateway:GET",
        arn="apigateway:/vpclinks/",
        statuses=lambda response: (_value(response, "VpcLinkStatus"),),
    ),
    ResourceKind(
        type="AWS::AppRunner::Service",
        ask=lambda account, name: account.client("apprunner").describe_service(ServiceArn=name),
        remove="aws apprunner delete-service --service-arn {id}",
        permission="apprunner:DescribeService",
        arn="apprunner:service/",
        has_arn_as_id=True,
        statuses=_one("Service", "Status"),
    ),
    ResourceKind(
        type="AWS::AutoScaling::AutoScalingGroup",
        ask=lambda account, name: account.client("autoscaling").describe_auto_scaling_groups(
            AutoScalingGroupNames=[name]
        ),
        remove="aws autoscaling delete-auto-scaling-group --auto-scaling-group-name {id} --force-delete",
        permission="autoscaling:DescribeAutoScalingGroups",
        statuses=_each("AutoScalingGroups"),
    ),
    ResourceKind(
        type="AWS::CertificateManager::Certificate",
        ask=lambda account, name: account.client("acm").describe_certificate(CertificateArn=name),
        remove="aws acm delete-certificate --certificate-arn {id}",
        permission="acm:DescribeCertificate",
        arn="acm:certificate/",
        has_arn_as_id=True,
    ),
    ResourceKind(
        type="AWS::CloudWatch::Alarm",
        ask=lambda account, name: account.client("cloudwatch").describe_alarms(AlarmNames=[name]),
        remove="aws cloudwatch delete-alarms --alarm-names {id}",
        permission="cloudwatch:DescribeAlarms",
        arn="cloudwatch:alarm:",
        statuses=_each("MetricAlarms"),
    ),
    ResourceKind(
        type="AWS::DynamoDB::Table",
        ask=lambda account, name: account.client("dynamodb").describe_table(TableName=name),
        remove="aws dynamodb delete-table --table-name {id}",
        permission="dynamodb:DescribeTable",
        arn="dynamodb:table/",
        statuses=_one("Table", "TableStatus"),
    ),
    ResourceKind(
        type="AWS::EC2::EIP",
        ask=lambda account, name: account.client("ec2").describe_addresses(**_address(name)),
        remove="aws ec2 release-address --allocation-id {id}",
        permission="ec2:DescribeAddresses",
        arn="ec2:elastic-ip/",
        statuses=_each("Addresses"),
    ),
    ResourceKind(
        type="AWS::EC2::Instance",
        ask=lambda account, name: {
            "Instances": [
                one
                for found in account.client("ec2").describe_instances(InstanceIds=[name])["Reservations"]
                for one in found["Instances"]
            ]
        },
        remove="aws ec2 terminate-instances --instance-ids {id}",
        permission="ec2:DescribeInstances",
        arn="ec2:instance/",
        statuses=_each("Instances", "State.Name"),
    ),
    ResourceKind(
        type="AWS::EC2::InternetGateway",
        ask=lambda account, name: account.client("ec2").describe_internet_gateways(InternetGatewayIds=[name]),
        remove="aws ec2 delete-internet-gateway --internet-gateway-id {id}",
        permission="ec2:DescribeInternetGateways",
        arn="ec2:internet-gateway/",
        statuses=_each("InternetGateways"),
    ),
    ResourceKind(
        type="AWS::EC2::LaunchTemplate",
        ask=lambda account, name: account.client("ec2").describe_launch_templates(LaunchTemplateIds=[name]),
        remove="aws ec2 delete-launch-template --launch-template-id {id}",
        permission="ec2:DescribeLaunchTemplates",
        arn="ec2:launch-template/",
        statuses=_each("LaunchTemplates"),
    ),
    ResourceKind(
        type="AWS::EC2::NatGateway",
        ask=lambda account, name: account.client("ec2").describe_nat_gateways(NatGatewayIds=[name]),
        remove="aws ec2 delete-nat-gateway --nat-gateway-id {id}",
        permission="ec2:DescribeNatGateways",
        arn="ec2:natgateway/",
        statuses=_each("NatGateways", "State"),
    ),
    ResourceKind(
        type="AWS::EC2::NetworkInterface",
        ask=lambda account, name: account.client("ec2").describe_network_interfaces(
            Filters=[{"Name": "network-interface-id", "Values": [name]}]
        ),
        remove="aws ec2 delete-network-interface --network-interface-id {id}",
        permission="ec2:DescribeNetworkInterfaces",
        arn="ec2:network-interface/",
        statuses=_each("NetworkInterfaces"),
    ),
    ResourceKind(
        type="AWS::EC2::SecurityGroup",
        ask=lambda account, name: account.client("ec2").describe_security_groups(GroupIds=[name]),
        remove="aws ec2 delete-security-group --group-id {id}",
        permission="ec2:DescribeSecurityGroups",
        arn="ec2:security-group/",
        statuses=_each("SecurityGroups"),
    ),
    ResourceKind(
        type="AWS::EC2::Subnet",
        ask=lambda account, name: account.client("ec2").describe_subnets(SubnetIds=[name]),
        remove="aws ec2 delete-subnet --subnet-id {id}",
        permission="ec2:DescribeSubnets",
        arn="ec2:subnet/",
        statuses=_each("Subnets"),
    ),
    ResourceKind(
        type="AWS::EC2::VPC",
        ask=lambda account, name: account.client("ec2").describe_vpcs(VpcIds=[name]),
        remove="aws ec2 delete-vpc --vpc-id {id}",
        permission="ec2:DescribeVpcs",
        arn="ec2:vpc/",
        statuses=_each("Vpcs"),
    ),
    ResourceKind(
        type="AWS::EC2::VPCEndpoint",
        ask=lambda account, name: account.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[name]),
        remove="aws ec2 delete-vpc-endpoints --vpc-endpoint-ids {id}",
        permission="ec2:DescribeVpcEndpoints",
        arn="ec2:vpc-endpoint/",
        statuses=_each("VpcEndpoints", "State"),
    ),
    ResourceKind(
        type="AWS::ECR::Repository",
        ask=lambda account, name: account.client("ecr").describe_repositories(repositoryNames=[name]),
        remove="aws ecr delete-repository --force --repository-name {id}",
        permission="ecr:DescribeRepositories",
        arn="ecr:repository/",
    ),
    ResourceKind(
        type="AWS::ECS::CapacityProvider",
        ask=lambda account, name: account.client("ecs").describe_capacity_providers(capacityProviders=[name]),
        remove="aws ecs delete-capacity-provider --capacity-provider {id}",
        permission="ecs:DescribeCapacityProviders",
        arn="ecs:capacity-provider/",
        statuses=_each("capacityProviders", "status"),
    ),
    ResourceKind(
        type="AWS::ECS::Cluster",
        ask=lambda account, name: account.client("ecs").describe_clusters(clusters=[name]),
        remove="aws ecs delete-cluster --cluster {id}",
        permission="ecs:DescribeClusters",
        arn="ecs:cluster/",
        statuses=_each("clusters", "status"),
    ),
    ResourceKind(
        type="AWS::ECS::ExpressGatewayService",
        ask=lambda account, name: account.client("ecs").describe_express_gateway_service(serviceArn=name),
        remove="aws ecs delete-express-gateway-service --service-arn {id}",
        permission="ecs:DescribeExpressGatewayService",
        has_arn_as_id=True,
        statuses=_one("service", "status.statusCode"),
    ),
    ResourceKind(
        type="AWS::ECS::Service",
        ask=lambda account, name: account.client("ecs").describe_services(cluster=cluster_of(name), services=[name]),
        remove="aws ecs delete-service --force --cluster CLUSTER --service {id}",
        permission="ecs:DescribeServices",
        arn="ecs:service/",
        has_arn_as_id=True,
        statuses=_each("services", "status"),
    ),
    ResourceKind(
        type="AWS::ECS::TaskDefinition",
        ask=lambda account, name: account.client("ecs").describe_task_definition(taskDefinition=name),
        remove="aws ecs deregister-task-definition --task-definition {id}",
        permission="ecs:DescribeTaskDefinition",
        arn="ecs:task-definition/",
        has_arn_as_id=True,
        statuses=_one("taskDefinition", "status"),
    ),
    ResourceKind(
        type="AWS::EKS::Cluster",
        ask=lambda account, name: account.client("eks").describe_cluster(name=name),
        remove="aws eks delete-cluster --name {id}",
        permission="eks:DescribeCluster",
        arn="eks:cluster/",
    ),
    ResourceKind(
        type="AWS::ElasticBeanstalk::Environment",
        ask=lambda account, name: account.client("elasticbeanstalk").describe_environments(
            EnvironmentNames=[name], IncludeDeleted=False
        ),
        remove="aws elasticbeanstalk terminate-environment --environment-name {id}",
        permission="elasticbeanstalk:DescribeEnvironments",
        statuses=_each("Environments", "Status"),
    ),
    ResourceKind(
        type="AWS::ElasticLoadBalancingV2::LoadBalancer",
        ask=lambda account, name: account.client("elbv2").describe_load_balancers(LoadBalancerArns=[name]),
        remove="aws elbv2 delete-load-balancer --load-balancer-arn {id}",
        permission="elasticloadbalancing:DescribeLoadBalancers",
        arn="elasticloadbalancing:loadbalancer/",
        has_arn_as_id=True,
        statuses=_each("LoadBalancers"),
    ),
    ResourceKind(
        type="AWS::ElasticLoadBalancingV2::TargetGroup",
        ask=lambda account, name: account.client("elbv2").describe_target_groups(TargetGroupArns=[name]),
        remove="aws elbv2 delete-target-group --target-group-arn {id}",
        permission="elasticloadbalancing:DescribeTargetGroups",
        arn="elasticloadbalancing:targetgroup/",
        has_arn_as_id=True,
        statuses=_each("TargetGroups"),
    ),
    ResourceKind(
        type="AWS::IAM::InstanceProfile",
        ask=lambda account, name: account.client("iam").get_instance_profile(InstanceProfileName=name),
        remove="aws iam delete-instance-profile --instance-profile-name {id}",
        permission="iam:GetInstanceProfile",
    ),
    ResourceKind(
        type="AWS::IAM::Role",
        ask=lambda account, name: account.client("iam").get_role(RoleName=name),
        remove="aws iam delete-role --role-name {id}",
        permission="iam:GetRole",
        arn="iam:role/",
    ),
    ResourceKind(
        type="AWS::Lambda::Function",
        ask=lambda account, name: account.client("lambda").get_function_configuration(FunctionName=name),
        remove="aws lambda delete-function --function-name {id}",
        permission="lambda:GetFunctionConfiguration",
        arn="lambda:function:",
    ),
    ResourceKind(
        type="AWS::Logs::LogGroup",
        ask=lambda account, name: {
            "logGroups": [
                found
                for found in account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
                if found["logGroupName"] == name
            ]
        },
        remove="aws logs delete-log-group --log-group-name {id}",
        permission="logs:DescribeLogGroups",
        arn="logs:log-group:",
        statuses=_each("logGroups"),
    ),
    ResourceKind(
        type="AWS::Pipes::Pipe",
        ask=lambda account, name: account.client("pipes").describe_pipe(Name=name),
        remove="aws pipes delete-pipe --name {id}",
        permission="pipes:DescribePipe",
        arn="pipes:pipe/",
        statuses=lambda response: (_value(response, "CurrentState"),),
    ),
    ResourceKind(
        type="AWS::SecretsManager::Secret",
        ask=lambda account, name: account.client("secretsmanager").describe_secret(SecretId=name),
        remove="aws secretsmanager delete-secret --secret-id {id}",
        permission="secretsmanager:DescribeSecret",
        arn="secretsmanager:secret:",
        has_arn_as_id=True,
        expected=_pending,
    ),
    ResourceKind(
        type="AWS::SNS::Topic",
        ask=lambda account, name: account.client("sns").get_topic_attributes(TopicArn=name),
        remove="aws sns delete-topic --topic-arn {id}",
        permission="sns:GetTopicAttributes",
        arn="sns:",
        has_arn_as_id=True,
    ),
    ResourceKind(
        type="AWS::SQS::Queue",
        ask=lambda account, name: account.client("sqs").get_queue_url(QueueName=name.rpartition("/")[2]),
        remove='aws sqs delete-queue --queue-url "$(aws sqs get-queue-url --queue-name {name} --output text)"',
        permission="sqs:GetQueueUrl",
        arn="sqs:",
    ),
    ResourceKind(
        type="AWS::StepFunctions::StateMachine",
        ask=lambda account, name: account.client("stepfunctions").describe_state_machine(stateMachineArn=name),
        remove="aws stepfunctions delete-state-machine --state-machine-arn {id}",
        permission="states:DescribeStateMachine",
        arn="states:stateMachine:",
        has_arn_as_id=True,
        statuses=lambda response: (_value(response, "status"),),
    ),
)
"""The kinds whose own service is asked; CloudFormation itself says whether it has deleted the others."""
BY_TYPE = {kind.type: kind for kind in KINDS}


def cluster_of(service: str) -> str:
    """Return the cluster in the ARN of an ECS service."""
    parts = service.split("/")
    return parts[1] if len(parts) > 2 else "default"


def kind_of_arn(arn: str) -> tuple[ResourceKind, str] | None:
    """Return the kind of a resource and its physical ID; None for an ARN of another kind."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return None
    service, resource = parts[2], parts[5]
    for kind in KINDS:
        prefix_service, _, prefix = kind.arn.partition(":")
        if kind.arn and service == prefix_service and resource.startswith(prefix):
            name = resource.removeprefix(prefix)
            return kind, arn if kind.has_arn_as_id else name.removesuffix(":*")
    return None


def judge_error(error: Exception, permission: str) -> tuple[State, str]:
    """Return what an error of AWS says about a resource, and a reason.

    Args:
        error: the error; a missing permission never means that the resource is absent.
        permission: IAM action of the call.
    """
    if isinstance(error, ClientError):
        if is_access_denied(error):
            return State.UNKNOWN, f"the permission {permission} is missing"
        if _ABSENT.search(error_code(error)):
            return State.ABSENT, ""
        return State.UNKNOWN, f"{permission}: {error_code(error)}"
    return State.UNKNOWN, as_reason(error)


def judge_response(kind: ResourceKind, response: Response) -> tuple[State, str]:
    """Return what the response of a resource's own service says, and a reason."""
    left = [status for status in kind.statuses(response) if status not in _GONE]
    if not left:
        return State.ABSENT, ""
    if reason := kind.expected(response):
        return State.EXPECTED, reason
    return (State.UNKNOWN, "it is being deleted") if set(left) <= _LEAVING else (State.PRESENT, "")


def confirm(kind: ResourceKind, account: Account, resource_id: str) -> tuple[State, str]:
    """Ask the resource's own service whether it exists."""
    try:
        return judge_response(kind, kind.ask(account, resource_id))
    except AWS_ERRORS as error:
        return judge_error(error, kind.permission)
