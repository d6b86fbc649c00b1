"""The repository of the service's images."""

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from constructs import Construct


class RegistryStack(cdk.Stack):
    """The app's own ECR repository: billed by stored gigabyte, emptied and deleted with the stack."""

    def __init__(self, scope: Construct, construct_id: str, *, repository_name: str, bootstrap_qualifier: str) -> None:
        super().__init__(scope, construct_id)
        self.repository = ecr.Repository(
            self,
            "Images",
            repository_name=repository_name,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            image_scan_on_push=True,
            empty_on_delete=True,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
