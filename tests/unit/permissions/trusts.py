"""The conditions of trust policies that AWS documents for each service, and the source of each decision.

A condition on a key that a service does not send makes its role unusable. Therefore a service without a documented
condition has none here, with the page that shows its trust policy.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

_DOCS = "https://docs.aws.amazon.com"
OWN = "<Region>:<AccountId>"


class Trust(NamedTuple):
    """The trust policy that AWS documents.

    Attributes:
        source: The page of AWS.
        conditions: The conditions that a role must have. Default: AWS documents none for this service.
        only_in: Part of the role's name, if AWS documents the conditions for some roles of the service only.
    """

    source: str
    conditions: Mapping[str, Any] = {}
    only_in: str = ""


def from_source(arn: str) -> dict[str, Any]:
    """Conditions on the account and the ARN of the resource for which the service acts."""
    return {
        "StringEquals": {"aws:SourceAccount": "<AccountId>"},
        "ArnLike": {"aws:SourceArn": f"arn:<Partition>:{arn}"},
    }


def of_pods(namespace: str) -> dict[str, Any]:
    """Conditions on the cluster, the namespace and the service account of the pods."""
    return {
        "StringEquals": {
            "aws:RequestTag/eks-cluster-arn": "OrdersEksCluster/Cluster.Arn",
            "aws:RequestTag/kubernetes-namespace": namespace,
            "aws:RequestTag/kubernetes-service-account": "microservice",
        }
    }


TRUSTS: Mapping[str, Trust] = {
    "codedeploy.amazonaws.com": Trust(
        f"{_DOCS}/codedeploy/latest/userguide/security_confused_deputy.html",
        from_source(f"codedeploy:{OWN}:deploymentgroup:*"),
    ),
    "ecs-tasks.amazonaws.com": Trust(
        # The page of the execution role (task_execution_IAM_role.html) shows none.
        f"{_DOCS}/AmazonECS/latest/developerguide/task-iam-roles.html",
        from_source(f"ecs:{OWN}:*"),
        only_in="TaskRole",
    ),
    "eks-fargate-pods.amazonaws.com": Trust(
        f"{_DOCS}/eks/latest/userguide/pod-execution-role.html",
        {"ArnLike": {"aws:SourceArn": f"arn:<Partition>:eks:{OWN}:fargateprofile/OrdersEksCluster/Cluster/*"}},
    ),
    "elasticbeanstalk.amazonaws.com": Trust(
        f"{_DOCS}/elasticbeanstalk/latest/dg/iam-servicerole.html",
        {"StringEquals": {"sts:ExternalId": "elasticbeanstalk"}},
    ),
    "pipes.amazonaws.com": Trust(
        f"{_DOCS}/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html",
        from_source(f"pipes:{OWN}:pipe/*"),
    ),
    "pods.eks.amazonaws.com": Trust(
        f"{_DOCS}/eks/latest/userguide/pod-id-role.html",
        of_pods("ordersoneksauto-orders-<hash>"),
    ),
    "scheduler.amazonaws.com": Trust(
        f"{_DOCS}/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html",
        from_source(f"scheduler:{OWN}:schedule-group/*"),
    ),
    "states.amazonaws.com": Trust(
        f"{_DOCS}/step-functions/latest/dg/procedure-create-iam-role.html",
        from_source(f"states:{OWN}:stateMachine:*"),
    ),
    "vpc-flow-logs.amazonaws.com": Trust(
        f"{_DOCS}/vpc/latest/userguide/flow-logs-iam-role.html",
        from_source(f"ec2:{OWN}:vpc-flow-log/*"),
    ),
    # None documented.
    "build.apprunner.amazonaws.com": Trust(f"{_DOCS}/apprunner/latest/dg/security_iam_service-with-iam.html"),
    "ec2.amazonaws.com": Trust(f"{_DOCS}/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html"),
    "ecs.amazonaws.com": Trust(f"{_DOCS}/AmazonECS/latest/developerguide/infrastructure_IAM_role.html"),
    # Documented for clusters in general, but the page of the role for Auto Mode has the whole policy without it.
    "eks.amazonaws.com": Trust(f"{_DOCS}/eks/latest/userguide/auto-cluster-iam-role.html"),
    "lambda.amazonaws.com": Trust(f"{_DOCS}/lambda/latest/dg/lambda-intro-execution-role.html"),
    "tasks.apprunner.amazonaws.com": Trust(f"{_DOCS}/apprunner/latest/dg/security_iam_service-with-iam.html"),
}
# Role of a worker or a job -> the conditions of its own resource.
WORKLOADS: Mapping[str, Mapping[str, Any]] = {
    "OrdersWorkloadsOnEcs JobScheduleRole": from_source(f"scheduler:{OWN}:schedule-group/default"),
    "OrdersWorkloadsOnLambda JobScheduleRole": from_source(f"scheduler:{OWN}:schedule-group/default"),
    "OrdersWorkloadsOnEks WorkerRole": of_pods("ordersworkloadsoneks-worker-<hash>"),
    "OrdersWorkloadsOnEks JobRole": of_pods("ordersworkloadsoneks-job-<hash>"),
}
