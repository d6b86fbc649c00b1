"""The ECR repository of the service's images."""

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from constructs import Construct

# The actions that the bootstrap stack allows its publishing role on its own repository.
_PUBLISH = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImages",
    "ecr:DescribeRepositories",
    "ecr:GetDownloadUrlForLayer",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
]


class RegistryStack(cdk.Stack):
    """The app's own ECR repository: billed by stored gigabyte, emptied and deleted with the stack.

    It deletes no tagged image, because ECR does not know which images run: a task that starts or an instance that is
    replaced must be able to pull its own. `python -m deployment images` lists and deletes old images that no stack
    uses.

    Tags are immutable, and images are scanned on push. `cdk deploy` may push with the bootstrap stack's publishing
    role, and Lambda may pull
    (https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-permissions).
    """

    def __init__(self, scope: Construct, construct_id: str, *, repository_name: str, bootstrap_qualifier: str) -> None:
        super().__init__(scope, construct_id)
        self.repository = ecr.Repository(
            self,
            "Images",
            repository_name=repository_name,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            image_scan_on_push=True,
            lifecycle_rules=[
                ecr.LifecycleRule(
                    description="Interrupted pushes",
                    tag_status=ecr.TagStatus.UNTAGGED,
                    max_image_age=cdk.Duration.days(1),
                ),
            ],
            empty_on_delete=True,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.repository.add_to_resource_policy(_publishing(self, bootstrap_qualifier))
        self.repository.add_to_resource_policy(_pulling(self))


def _publishing(stack: cdk.Stack, qualifier: str) -> iam.PolicyStatement:
    role = f"cdk-{qualifier}-image-publishing-role-{stack.account}-{stack.region}"
    arn = stack.format_arn(service="iam", region="", resource="role", resource_name=role)
    return iam.PolicyStatement(sid="DeployPushes", principals=[iam.ArnPrincipal(arn)], actions=_PUBLISH)


def _pulling(stack: cdk.Stack) -> iam.PolicyStatement:
    functions = stack.format_arn(
        service="lambda", resource="function", resource_name="*", arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME
    )
    return iam.PolicyStatement(
        sid="LambdaPulls",
        principals=[iam.ServicePrincipal("lambda.amazonaws.com")],
        actions=["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        conditions={"StringLike": {"aws:sourceArn": functions}},
    )
