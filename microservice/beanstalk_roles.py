"""The two roles of an Elastic Beanstalk environment: what its instances are, and what Beanstalk acts as."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_elasticbeanstalk as elasticbeanstalk
from aws_cdk import aws_iam as iam
from constructs import Construct

from .acknowledged import acknowledge, acknowledge_managed_policy
from .spec import ServiceSpec
from .tracing import grant_tracing

_SERVICE_POLICIES = [
    "service-role/AWSElasticBeanstalkEnhancedHealth",
    "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
]


def instance_role(scope: Construct, spec: ServiceSpec, application: elasticbeanstalk.CfnApplication) -> iam.Role:
    """What instances, and so containers, run as: it reports its health, writes its logs and sends spans.

    AWS's own policy for it, `AWSElasticBeanstalkWebTier`, also reads every bucket and writes every log group that
    Beanstalk has in the account (https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/iam-instanceprofile.html).
    """
    role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    stack = cdk.Stack.of(scope)
    health = [
        stack.format_arn(service="elasticbeanstalk", resource="application", resource_name=application.ref),
        stack.format_arn(service="elasticbeanstalk", resource="environment", resource_name=f"{application.ref}/*"),
    ]
    role.add_to_policy(iam.PolicyStatement(actions=["elasticbeanstalk:PutInstanceStatistics"], resources=health))
    logs = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:/aws/elasticbeanstalk/*"
    writing = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    role.add_to_policy(iam.PolicyStatement(actions=writing, resources=[logs]))
    grant_tracing(role, spec)
    _acknowledge(role, application)
    return role


def _acknowledge(role: iam.Role, application: elasticbeanstalk.CfnApplication) -> None:
    here = "<AWS::Region>:<AWS::AccountId>"
    name = cdk.Stack.of(role).resolve(application.ref)["Ref"]
    unknown = "CloudFormation names the environment after this role, and its log groups after the environment"
    for resource in (
        f"elasticbeanstalk:{here}:environment/<{name}>/*",
        f"logs:{here}:log-group:/aws/elasticbeanstalk/*",
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
