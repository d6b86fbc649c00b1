"""The two roles of an Elastic Beanstalk environment: what its instances are, and what Beanstalk acts as."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from .acknowledged import acknowledge_managed_policy
from .spec import ServiceSpec
from .tracing import grant_tracing

_SERVICE_POLICIES = [
    "service-role/AWSElasticBeanstalkEnhancedHealth",
    "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
]


def instance_role(scope: Construct, spec: ServiceSpec, application_name: str) -> iam.Role:
    """What instances, and so containers, run as: it reports its health, writes its logs and sends spans.

    AWS's own policy for it, `AWSElasticBeanstalkWebTier`, also reads every bucket and writes every log group that
    Beanstalk has in the account (https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/iam-instanceprofile.html).
    """
    role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    health = [
        _arn(scope, "elasticbeanstalk", "application", application_name),
        _arn(scope, "elasticbeanstalk", "environment", f"{application_name}/*"),
    ]
    role.add_to_policy(iam.PolicyStatement(actions=["elasticbeanstalk:PutInstanceStatistics"], resources=health))
    logs = _arn(scope, "logs", "log-group", "/aws/elasticbeanstalk/*", cdk.ArnFormat.COLON_RESOURCE_NAME)
    writing = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    role.add_to_policy(iam.PolicyStatement(actions=writing, resources=[logs]))
    grant_tracing(role, spec)
    return role


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


def _arn(
    scope: Construct,
    service: str,
    resource: str,
    name: str,
    arn_format: cdk.ArnFormat = cdk.ArnFormat.SLASH_RESOURCE_NAME,
) -> str:
    return cdk.Stack.of(scope).format_arn(service=service, resource=resource, resource_name=name, arn_format=arn_format)
