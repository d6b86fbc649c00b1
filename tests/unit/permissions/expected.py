"""The permissions of every role, and of every resource with a policy of its own: purpose, actions, resource, condition.

A permission that is not in this table, or a line that no template needs, fails a test. Roles of the CDK's own functions
are included. `PassedToService` and the other conditions are part of a line.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests.unit.permissions.collected import Permission


class Grant(NamedTuple):
    """Some actions on some resources.

    Attributes:
        purpose: What needs them.
        actions: The actions, separated by spaces.
        resources: The resources.
        condition: The conditions. Default: none.
        principal: The principal, in the policy of a resource. Default: none.
    """

    purpose: str
    actions: str
    resources: tuple[str, ...]
    condition: Mapping[str, Any] = {}
    principal: Mapping[str, Any] = {}


def managed(*names: str) -> Grant:
    """AWS managed policies, for roles that an AWS service assumes."""
    return Grant("an AWS service works with this role", "managed policy", names)


EVERY = ("*",)
OWN = "<Region>:<AccountId>"
TABLE, INDEX, TOKEN = "OrdersData/Orders.Arn", "OrdersData/Orders.Arn/index/by_customer", "OrdersData/ApiToken"
BOOTSTRAP = "arn:<Partition>:s3:::cdk-hnb659fds-assets-<AccountId>-<Region>"
BEANSTALK_BUCKET = "arn:<Partition>:s3:::elasticbeanstalk-<Region>-<AccountId>"

# What the code calls, see `calls.py`.
SERVICE = (
    Grant(
        "the API reads, places and cancels orders", "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem", (TABLE,)
    ),
    Grant("the API lists a customer's orders", "dynamodb:Query", (INDEX,)),
    Grant("the API reads its token", "secretsmanager:GetSecretValue", (TOKEN,)),
)
STEP = (Grant("a step reads and changes an order and the stock", "dynamodb:GetItem dynamodb:UpdateItem", (TABLE,)),)
REPORT = (Grant("the task reports its result", "states:SendTaskSuccess states:SendTaskFailure", ("MachineOrders",)),)

SPANS = Grant("spans", "xray:PutSpans xray:PutSpansForIndexing xray:PutTraceSegments", EVERY)
PULL = (
    Grant(
        "the image is pulled",
        "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer",
        (f"arn:<Partition>:ecr:{OWN}:repository/orders",),
    ),
    Grant("the registry is logged in to", "ecr:GetAuthorizationToken", EVERY),
)
SHELL = Grant(
    "Session Manager",
    "ssm:UpdateInstanceInformation ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel "
    "ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel",
    EVERY,
)


def logs(group: str) -> Grant:
    """Writing to one log group."""
    return Grant("logs are written", "logs:CreateLogStream logs:PutLogEvents", (f"{group}.Arn",))


def pass_to(service: str, *roles: str) -> Grant:
    """Passing roles to one service."""
    condition = {"StringEquals": {"iam:PassedToService": service}}
    return Grant("a role is passed to one service", "iam:PassRole", tuple(f"{role}.Arn" for role in roles), condition)


_CLOSED_GROUP = (
    Grant(
        "the CDK's function closes the default security group",
        "ec2:AuthorizeSecurityGroupEgress ec2:AuthorizeSecurityGroupIngress ec2:RevokeSecurityGroupEgress "
        "ec2:RevokeSecurityGroupIngress",
        (f"arn:<Partition>:ec2:{OWN}:security-group/Vpc.DefaultSecurityGroup",),
    ),
    managed("service-role/AWSLambdaBasicExecutionRole"),
)
_FLOW_LOG = (
    Grant(
        "the flow log is written",
        "logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents",
        ("FlowLogs.Arn",),
    ),
)
_IN_VPC = managed("service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole")

EXPECTED: Mapping[str, tuple[Grant, ...]] = {
    "OrdersEksCluster ClusterKubectlProviderHandlerServiceRole": (
        Grant("kubectl finds the cluster", "eks:DescribeCluster", ("Cluster.Arn",)),
        Grant(
            "kubectl reads charts",
            "s3:GetBucket* s3:GetObject* s3:List*",
            (BOOTSTRAP, f"{BOOTSTRAP}/*"),
        ),
        _IN_VPC,
    ),
    "OrdersEksCluster ClusterKubectlProviderframeworkonEventServiceRole": (
        Grant("the kubectl handler is called", "lambda:InvokeFunction", ("ClusterKubectlProviderHandler.Arn:*",)),
        Grant(
            "the kubectl handler is called",
            "lambda:GetFunction lambda:InvokeFunction",
            ("ClusterKubectlProviderHandler.Arn",),
        ),
        _IN_VPC,
    ),
    "OrdersEksCluster ClusterRole": (
        managed(
            "AmazonEKSBlockStoragePolicy",
            "AmazonEKSClusterPolicy",
            "AmazonEKSComputePolicy",
            "AmazonEKSLoadBalancingPolicy",
            "AmazonEKSNetworkingPolicy",
        ),
    ),
    "OrdersEksCluster NodeRole": (managed("AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodeMinimalPolicy"),),
    "OrdersNetwork CustomVpcRestrictDefaultSGCustomResourceProviderRole": _CLOSED_GROUP,
    "OrdersNetwork VpcRejectedIAMRole": _FLOW_LOG,
    "OrdersPublicNetwork CustomVpcRestrictDefaultSGCustomResourceProviderRole": _CLOSED_GROUP,
    "OrdersPublicNetwork VpcRejectedIAMRole": _FLOW_LOG,
    "OrdersOnAppRunner OrdersAccessRole": (
        *PULL,
        Grant("App Runner finds the image", "ecr:DescribeImages", (f"arn:<Partition>:ecr:{OWN}:repository/orders",)),
    ),
    "OrdersOnAppRunner OrdersRole": (*SERVICE, SPANS),
    "OrdersOnBeanstalk OrdersRole": (
        *SERVICE,
        SPANS,
        *PULL,
        SHELL,
        logs("OrdersLogs"),
        Grant("Beanstalk's logs are written", "logs:DescribeLogGroups", EVERY),
        Grant(
            "Beanstalk's logs are written",
            "logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents",
            (f"arn:<Partition>:logs:{OWN}:log-group:/aws/elasticbeanstalk/*",),
        ),
        Grant(
            "health is reported",
            "elasticbeanstalk:PutInstanceStatistics",
            (
                f"arn:<Partition>:elasticbeanstalk:{OWN}:application/OrdersApplication",
                f"arn:<Partition>:elasticbeanstalk:{OWN}:environment/OrdersApplication/*",
            ),
        ),
        Grant("the version is installed", "s3:GetObject", (f"{BOOTSTRAP}/<asset>.zip",)),
        Grant(
            "the version is installed",
            "s3:GetObject s3:GetObjectVersion",
            (f"{BEANSTALK_BUCKET}/resources/environments/*",),
        ),
        Grant(
            "the version is found",
            "s3:ListBucket",
            (BEANSTALK_BUCKET,),
            {"StringLike": {"s3:prefix": "resources/environments/*"}},
        ),
        Grant("logs are collected on request", "s3:PutObject", (f"{BEANSTALK_BUCKET}/resources/environments/logs/*",)),
    ),
    "OrdersOnBeanstalk OrdersServiceRole": (
        managed(
            "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy", "service-role/AWSElasticBeanstalkEnhancedHealth"
        ),
    ),
    "OrdersOnEc2Podman OrdersRole": (
        *SERVICE,
        SPANS,
        *PULL,
        SHELL,
        logs("OrdersLogs"),
        Grant("the first boot is signalled", "cloudformation:SignalResource", ("<StackId>",)),
    ),
    "OrdersOnEcsExpress OrdersInfrastructureRole": (
        managed("service-role/AmazonECSInfrastructureRoleforExpressGatewayServices"),
    ),
    "OrdersOnEcsManagedInstances OrdersInfrastructureRole": (
        managed("AmazonECSInfrastructureRolePolicyForManagedInstances"),
        pass_to("ec2.amazonaws.com", "OrdersInstanceRole"),
    ),
    "OrdersOnEcsManagedInstances OrdersInstanceRole": (managed("AmazonECSInstanceRolePolicyForManagedInstances"),),
    **{
        f"OrdersOn{stack} OrdersTaskDefinition{role}": grants
        for stack in ("EcsExpress", "EcsFargate", "EcsManagedInstances")
        for role, grants in {
            "ExecutionRole": (*PULL, logs("OrdersTaskDefinitionLogs")),
            "TaskRole": (*SERVICE, SPANS),
        }.items()
    },
    "OrdersOnEksAuto OrdersRole": (*SERVICE, SPANS),
    "OrdersOnEksFargate OrdersExecutionRole": (managed("AmazonEKSFargatePodExecutionRolePolicy"),),
    "OrdersOnEksFargate OrdersRole": (*SERVICE, SPANS),
    "OrdersOnLambda OrdersRole": (*SERVICE, SPANS, logs("OrdersLogs")),
    "OrdersRegistry Images": (
        Grant(
            "the image is pushed",
            "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:CompleteLayerUpload ecr:DescribeImages "
            "ecr:DescribeRepositories ecr:GetDownloadUrlForLayer ecr:InitiateLayerUpload ecr:PutImage "
            "ecr:UploadLayerPart",
            ("itself",),
            principal={
                "AWS": "arn:<Partition>:iam::<AccountId>:role/cdk-hnb659fds-image-publishing-role-<AccountId>-<Region>"
            },
        ),
        Grant(
            "Lambda pulls the image",
            "ecr:BatchGetImage ecr:GetDownloadUrlForLayer",
            ("itself",),
            {"StringLike": {"aws:sourceArn": f"arn:<Partition>:lambda:{OWN}:function:*"}},
            {"Service": "lambda.amazonaws.com"},
        ),
    ),
    "OrdersWorkflow CheckRole": (*STEP, SPANS, logs("CheckLogs")),
    "OrdersWorkflow FulfilTaskDefinitionExecutionRole": (*PULL, logs("FulfilTaskDefinitionLogs")),
    "OrdersWorkflow FulfilTaskDefinitionTaskRole": (*STEP, *REPORT, SPANS),
    "OrdersWorkflow MachineOrdersRole": (
        Grant(
            "the shipment is recorded",
            "dynamodb:UpdateItem",
            (f"arn:<Partition>:dynamodb:{OWN}:table/OrdersData/Orders",),
        ),
        Grant(
            "the task is run",
            "ecs:RunTask",
            ("FulfilTaskDefinition",),
            {"ArnEquals": {"ecs:cluster": "OrdersNetwork/Cluster.Arn"}},
        ),
        pass_to("ecs-tasks.amazonaws.com", "FulfilTaskDefinitionExecutionRole", "FulfilTaskDefinitionTaskRole"),
        Grant("the function is invoked", "lambda:InvokeFunction", ("CheckLive",)),
        # https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
        Grant(
            "the log of executions is delivered",
            "logs:CreateLogDelivery logs:DeleteLogDelivery logs:DescribeLogGroups logs:DescribeResourcePolicies "
            "logs:GetLogDelivery logs:ListLogDeliveries logs:PutResourcePolicy logs:UpdateLogDelivery",
            EVERY,
        ),
        Grant(
            "executions are traced",
            "xray:GetSamplingRules xray:GetSamplingTargets xray:PutTelemetryRecords xray:PutTraceSegments",
            EVERY,
        ),
    ),
    "OrdersWorkflow PipeDeadLettersPolicy": (
        Grant(
            "connections are encrypted",
            "Deny_sqs:*",
            ("PipeDeadLetters.Arn",),
            {"Bool": {"aws:SecureTransport": "false"}},
            {"AWS": "*"},
        ),
    ),
    "OrdersWorkflow PipeRole": (
        Grant(
            "the stream is read",
            "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator",
            ("OrdersData/Orders.StreamArn",),
        ),
        Grant("the stream is found", "dynamodb:ListStreams", EVERY),
        Grant("executions are started", "states:StartExecution", ("MachineOrders",)),
        Grant("failed records are kept", "sqs:SendMessage", ("PipeDeadLetters.Arn",)),
    ),
}


def expected() -> set[Permission]:
    """Return the table as single permissions."""
    return {permission for owner, grants in EXPECTED.items() for grant in grants for permission in _of(owner, grant)}


def _of(owner: str, grant: Grant) -> Iterator[Permission]:
    condition, principal = (json.dumps(part, sort_keys=True) if part else "" for part in grant[3:])
    actions = [grant.actions] if grant.actions == "managed policy" else grant.actions.split()
    for action in actions:
        for resource in grant.resources:
            yield Permission(owner, action.replace("Deny_", "Deny "), resource, condition, principal)
