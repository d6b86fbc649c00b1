"""An ECR repository by name, ARN or URI, in any account and Region."""

import dataclasses
import re

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import region_info
from constructs import Construct

_NAME = r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*"
_ARN = re.compile(
    rf"arn:(?P<partition>aws[a-z-]*):ecr:(?P<region>[a-z0-9-]+):(?P<account>\d{{12}}):repository/(?P<name>{_NAME})"
)
_URI = re.compile(rf"(?P<account>\d{{12}})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<name>{_NAME})")
# The actions of a pull, for the repository policy; App Runner describes an image before it pulls it.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
_PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"]
# https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-permissions
_LAMBDA_PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class EcrRepository:
    """A private repository in ECR.

    Attributes:
        name: Its name, such as `team/payments`.
        account: AWS account ID. Default: the account of the stack.
        region: AWS Region. Default: the Region of the stack.
        partition: Partition of the ARN. Default: that of the stack.
    """

    name: str
    account: str = ""
    region: str = ""
    partition: str = ""

    def in_stack(self, scope: Construct, construct_id: str) -> ecr.IRepository:
        """Return the repository as a construct."""
        if not self.region:
            return ecr.Repository.from_repository_name(scope, construct_id, self.name)
        arn = f"arn:{self.partition}:ecr:{self.region}:{self.account}:repository/{self.name}"
        return ecr.Repository.from_repository_attributes(
            scope, construct_id, repository_arn=arn, repository_name=self.name
        )

    def require_same_region(self, scope: Construct, platform: str) -> None:
        """Reject a repository in another Region; the Region of a stack may be unknown until it is deployed.

        Raises:
            ValueError: The stack has another Region.
        """
        region = cdk.Stack.of(scope).region
        if self.region and not cdk.Token.is_unresolved(region) and region != self.region:
            raise ValueError(
                f"image {self.name!r}: a repository in {self.region} is not supported by {platform} in {region} "
                f"(allowed: a repository in {region}). Replicate it: set `destinations` of the registry in "
                f"{self.region} with `aws ecr put-replication-configuration`, and pass the repository in {region}; "
                "a replicated image keeps its digest."
            )


def repository(*, name: str, arn: str, uri: str) -> EcrRepository:
    """Return the repository of the one value that is given, as `aws ecr describe-repositories` prints them.

    Raises:
        ValueError: None or several are given, or the value is not valid.
    """
    given = {key: value for key, value in (("name", name), ("arn", arn), ("uri", uri)) if value}
    if len(given) > 1:
        fields = " and ".join(f"repository_{key}" for key in given)
        raise ValueError(f"image: {fields} are both set (allowed: one of them). Remove the others.")
    if arn and (found := _ARN.fullmatch(arn)):
        return EcrRepository(**found.groupdict())
    if uri and (found := _URI.fullmatch(uri)):
        partition = region_info.RegionInfo.get(found["region"]).partition or "aws"
        return EcrRepository(**found.groupdict(), partition=partition)
    if arn or uri:
        field, example = ("arn", "arn:aws:ecr:eu-central-1:123456789012:repository/team/payments")
        if uri:
            field, example = ("uri", "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/payments")
        raise ValueError(
            f"image repository_{field}={arn or uri!r} is not valid (allowed: such as {example!r}, without tag or "
            f"digest). Set repository{field.capitalize()} as `aws ecr describe-repositories` prints it."
        )
    if not re.fullmatch(_NAME, name) or re.match(r"\d{12}\.dkr\.", name):
        raise ValueError(
            f"image repository_name={name!r} is not valid (allowed: the name of a repository in the account and "
            "Region of the stack, such as 'team/payments'). Set repositoryName as `aws ecr describe-repositories` "
            "prints it, or pass repository_arn or repository_uri."
        )
    return EcrRepository(name=name)


def pull_statements(account: str) -> list[iam.PolicyStatement]:
    """Return the statements of a repository's policy that let another account pull its images.

    Add them in the stack that owns the repository. The roles of the other account also need permission there, which the
    constructs grant. Lambda pulls as a service, so it has a statement of its own.
    https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-xaccount

    Args:
        account: ID of the AWS account that pulls: 12 digits.

    Raises:
        ValueError: `account` is not an account ID.

    Example:
        repository = ecr.Repository(stack, "Payments", repository_name="payments")
        for statement in pull_statements("123456789012"):
            repository.add_to_resource_policy(statement)
    """
    if not cdk.Token.is_unresolved(account) and not re.fullmatch(r"\d{12}", account):
        raise ValueError(
            f"account={account!r} is not valid (allowed: 12 digits). Set the ID of the account that pulls."
        )
    functions = f"arn:{cdk.Aws.PARTITION}:lambda:*:{account}:function:*"
    return [
        iam.PolicyStatement(principals=[iam.AccountPrincipal(account)], actions=_PULL),
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("lambda.amazonaws.com")],
            actions=_LAMBDA_PULL,
            conditions={"StringLike": {"aws:sourceArn": functions}},
        ),
    ]
