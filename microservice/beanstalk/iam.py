"""The IAM roles of an environment: the instance role, and the service role."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_elasticbeanstalk as elasticbeanstalk
from aws_cdk import aws_iam as iam
from constructs import Construct

from ..nag import acknowledge
from ..roles import grant_session_manager, managed_policy_role
from ..secrets import grant_read_secrets
from ..spec import ServiceSpec
from ..tracing import grant_tracing

_SERVICE_POLICIES = [
    "service-role/AWSElasticBeanstalkEnhancedHealth",
    "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
]
# Beanstalk creates one bucket for each Region (https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.S3.html).
_BUCKET = f"arn:{cdk.Aws.PARTITION}:s3:::elasticbeanstalk-{cdk.Aws.REGION}-{cdk.Aws.ACCOUNT_ID}"
_ENVIRONMENTS = "resources/environments/*"
_LOGS = "resources/environments/logs/*"


def instance_role(scope: Construct, spec: ServiceSpec, application: elasticbeanstalk.CfnApplication) -> iam.Role:
    """Create the instance role, with permission to read versions and secrets, report health, and write logs and spans.

    AWS's managed policy `AWSElasticBeanstalkWebTier` would also allow reading and writing all objects and log groups of
    Beanstalk in the account
    (https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/concepts-roles-instance.html).

    Args:
        scope: The parent construct.
        spec: The service.
        application: The application.
    """
    role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    health_resources = [
        _arn("elasticbeanstalk", f"application/{application.ref}"),
        _arn("elasticbeanstalk", f"environment/{application.ref}/*"),
    ]
    role.add_to_policy(
        iam.PolicyStatement(actions=["elasticbeanstalk:PutInstanceStatistics"], resources=health_resources)
    )
    logs = _arn("logs", "log-group:/aws/elasticbeanstalk/*")
    log_actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    role.add_to_policy(iam.PolicyStatement(actions=log_actions, resources=[logs]))
    role.add_to_policy(iam.PolicyStatement(actions=["logs:DescribeLogGroups"], resources=["*"]))
    _grant_read_versions(role)
    # To examine an instance that does not become healthy: a shell, and `aws elasticbeanstalk request-environment-info`.
    grant_session_manager(role)
    role.add_to_policy(iam.PolicyStatement(actions=["s3:PutObject"], resources=[f"{_BUCKET}/{_LOGS}"]))
    grant_tracing(role, spec)
    # https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.secrets.IAM-permissions.html
    grant_read_secrets(role, spec, parameter_action="ssm:GetParameter")
    _acknowledge(role, application)
    return role


def _grant_read_versions(role: iam.Role) -> None:
    """Allow the reads that Beanstalk's bucket policy allows: environments, with copies of their versions.

    A new instance lists the manifests of its environment to find the version to install. The environment's ID is not
    known before deployment, so the role may read the manifests of all environments in the Region.
    """
    read_actions = ["s3:GetObject", "s3:GetObjectVersion"]
    role.add_to_policy(iam.PolicyStatement(actions=read_actions, resources=[f"{_BUCKET}/{_ENVIRONMENTS}"]))
    environments_only = {"StringLike": {"s3:prefix": _ENVIRONMENTS}}
    role.add_to_policy(
        iam.PolicyStatement(actions=["s3:ListBucket"], resources=[_BUCKET], conditions=environments_only)
    )


def _arn(service: str, resource: str) -> str:
    """Return an ARN with pseudo parameters, also if account and Region are known: the acknowledgements match it."""
    return f"arn:{cdk.Aws.PARTITION}:{service}:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:{resource}"


def _acknowledge(role: iam.Role, application: elasticbeanstalk.CfnApplication) -> None:
    location = "<AWS::Region>:<AWS::AccountId>"
    bucket = "elasticbeanstalk-<AWS::Region>-<AWS::AccountId>"
    name = cdk.Stack.of(role).resolve(application.ref)["Ref"]
    unknown = "the environment's name, and those of its log groups and objects, are known only after this role exists"
    for resource in (
        f"elasticbeanstalk:{location}:environment/<{name}>/*",
        f"logs:{location}:log-group:/aws/elasticbeanstalk/*",
        f"s3:::{bucket}/{_ENVIRONMENTS}",
        f"s3:::{bucket}/{_LOGS}",
    ):
        acknowledge(role, f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:{resource}]", unknown)
    acknowledge(
        role,
        "AwsSolutions-IAM5[Resource::*]",
        "Session Manager, ecr:GetAuthorizationToken, logs:DescribeLogGroups and X-Ray support no resource ARNs; "
        "pulling is limited to one repository",
    )


def identity_options(scope: Construct, role: iam.IRole) -> Mapping[str, Mapping[str, str]]:
    """Return the options that set the instance profile and the service role.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/iam-servicerole.html

    Args:
        scope: The parent construct.
        role: The instance role.
    """
    profile = iam.InstanceProfile(scope, "InstanceProfile", role=role)
    service = managed_policy_role(
        scope,
        "ServiceRole",
        service="elasticbeanstalk.amazonaws.com",
        policies=_SERVICE_POLICIES,
        external_ids=["elasticbeanstalk"],
    )
    return {
        "aws:autoscaling:launchconfiguration": {"IamInstanceProfile": profile.instance_profile_arn},
        "aws:elasticbeanstalk:environment": {"ServiceRole": service.role_arn},
        "aws:elasticbeanstalk:managedactions": {"ServiceRoleForManagedUpdates": service.role_arn},
    }
