"""The two roles of an Elastic Beanstalk environment: what its instances are, and what Beanstalk acts as."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_elasticbeanstalk as elasticbeanstalk
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..nag import acknowledge, acknowledge_managed_policy
from ..spec import ServiceSpec
from ..tracing import grant_tracing

_SERVICE_POLICIES = [
    "service-role/AWSElasticBeanstalkEnhancedHealth",
    "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
]
# Beanstalk makes one bucket for each Region (https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.S3.html).
_BUCKET = f"arn:{cdk.Aws.PARTITION}:s3:::elasticbeanstalk-{cdk.Aws.REGION}-{cdk.Aws.ACCOUNT_ID}"
_ENVIRONMENTS = "resources/environments/*"


def instance_role(scope: Construct, spec: ServiceSpec, application: elasticbeanstalk.CfnApplication) -> iam.Role:
    """What instances, and so containers, run as: it fetches versions, reports its health, writes its logs, sends spans.

    AWS's own policy for it, `AWSElasticBeanstalkWebTier`, also reads and writes all that Beanstalk keeps in S3 and
    writes every log group that it has in the account
    (https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/concepts-roles-instance.html).
    """
    role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    health = [
        _arn("elasticbeanstalk", f"application/{application.ref}"),
        _arn("elasticbeanstalk", f"environment/{application.ref}/*"),
    ]
    role.add_to_policy(iam.PolicyStatement(actions=["elasticbeanstalk:PutInstanceStatistics"], resources=health))
    logs = _arn("logs", "log-group:/aws/elasticbeanstalk/*")
    writing = ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    role.add_to_policy(iam.PolicyStatement(actions=writing, resources=[logs]))
    _let_fetch_versions(role)
    grant_tracing(role, spec)
    _acknowledge(role, application)
    return role


def _let_fetch_versions(role: iam.Role) -> None:
    """What the policy that Beanstalk gives its bucket lets instances read: environments, with copies of their versions.

    A new instance lists the manifests of its environment to find the version that it should install. Nobody knows the
    environment's id beforehand, so it may read those of others in this Region. It writes nothing there: logs are
    streamed to CloudWatch.
    """
    reading = ["s3:GetObject", "s3:GetObjectVersion"]
    role.add_to_policy(iam.PolicyStatement(actions=reading, resources=[f"{_BUCKET}/{_ENVIRONMENTS}"]))
    only = {"StringLike": {"s3:prefix": _ENVIRONMENTS}}
    role.add_to_policy(iam.PolicyStatement(actions=["s3:ListBucket"], resources=[_BUCKET], conditions=only))


def _arn(service: str, resource: str) -> str:
    """Written with pseudo parameters also where account and Region are known, as the acknowledgements are."""
    return f"arn:{cdk.Aws.PARTITION}:{service}:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:{resource}"


def _acknowledge(role: iam.Role, application: elasticbeanstalk.CfnApplication) -> None:
    here = "<AWS::Region>:<AWS::AccountId>"
    bucket = "elasticbeanstalk-<AWS::Region>-<AWS::AccountId>"
    name = cdk.Stack.of(role).resolve(application.ref)["Ref"]
    unknown = (
        "CloudFormation names the environment after this role, and its log groups and objects after the environment"
    )
    for resource in (
        f"elasticbeanstalk:{here}:environment/<{name}>/*",
        f"logs:{here}:log-group:/aws/elasticbeanstalk/*",
        f"s3:::{bucket}/{_ENVIRONMENTS}",
    ):
        acknowledge(role, f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:{resource}]", unknown)
    pulling = "ecr:GetAuthorizationToken knows no resources; pulling is limited to the one repository"
    acknowledge(role, "AwsSolutions-IAM5[Resource::*]", pulling)


def identity_options(scope: Construct, role: iam.IRole) -> Mapping[str, Mapping[str, str]]:
    """Beanstalk's options that name `role` for instances and a role of its own for Beanstalk."""
    profile = iam.InstanceProfile(scope, "InstanceProfile", role=role)
    service = _service_role(scope)
    return {
        "aws:autoscaling:launchconfiguration": {"IamInstanceProfile": profile.instance_profile_arn},
        "aws:elasticbeanstalk:environment": {"ServiceRole": service.role_arn},
        "aws:elasticbeanstalk:managedactions": {"ServiceRoleForManagedUpdates": service.role_arn},
    }


def _service_role(scope: Construct) -> iam.Role:
    """What Beanstalk looks after the environment and updates its platform as.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/iam-servicerole.html
    """
    role = iam.Role(
        scope,
        "ServiceRole",
        assumed_by=iam.ServicePrincipal("elasticbeanstalk.amazonaws.com"),
        external_ids=["elasticbeanstalk"],
        managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(policy) for policy in _SERVICE_POLICIES],
    )
    for policy in _SERVICE_POLICIES:
        acknowledge_managed_policy(role, policy)
    return role
