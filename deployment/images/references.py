"""The readers of everything that runs images: stacks, ECS, Lambda and Elastic Beanstalk."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from deployment.images.retention import Reference
from deployment.preflight.account import AWS_ERRORS, Account, as_reason

PERMISSIONS = (
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "ecs:ListClusters",
    "ecs:ListServices",
    "ecs:ListTasks",
    "elasticbeanstalk:DescribeApplicationVersions",
    "elasticbeanstalk:DescribeEnvironments",
    "lambda:GetFunction",
    "lambda:ListFunctions",
    "s3:GetObject",
)


@dataclass(frozen=True, kw_only=True)
class References:
    """Everything that runs images in an account and Region.

    Attributes:
        found: the references.
        unread: what could not be read, with the reason; images that it runs may look unused.
        changing: names of stacks that are being changed; a rollback needs the image of their previous template.
    """

    found: tuple[Reference, ...]
    unread: tuple[str, ...]
    changing: tuple[str, ...]


def read(account: Account) -> References:
    """Read all references; a service that cannot be read is listed in `unread`."""
    found: list[Reference] = []
    unread: list[str] = []
    changing: list[str] = []
    readers: dict[str, Callable[[], Iterator[Reference]]] = {
        "stacks": lambda: _stacks(account, changing),
        "Amazon ECS": lambda: _ecs(account),
        "AWS Lambda": lambda: _functions(account),
        "Elastic Beanstalk": lambda: _environments(account),
    }
    for name, reader in readers.items():
        try:
            found += reader()
        except (*AWS_ERRORS, zipfile.BadZipFile) as error:
            unread.append(f"{name}: {as_reason(error)}")
    return References(found=tuple(found), unread=tuple(unread), changing=tuple(changing))


def _stacks(account: Account, changing: list[str]) -> Iterator[Reference]:
    for stack in account.pages("cloudformation", "describe_stacks", "Stacks"):
        name, status = stack["StackName"], stack["StackStatus"]
        if status == "REVIEW_IN_PROGRESS":
            continue  # a change set that was never executed: the stack has no template
        if status.endswith("_IN_PROGRESS"):
            changing.append(name)
        body = account.client("cloudformation").get_template(StackName=name)["TemplateBody"]
        yield Reference(name, body if isinstance(body, str) else json.dumps(body))


def _ecs(account: Account) -> Iterator[Reference]:
    ecs = account.client("ecs")
    definitions: set[str] = set()
    for cluster in account.pages("ecs", "list_clusters", "clusterArns"):
        for services in _batches(account.pages("ecs", "list_services", "serviceArns", cluster=cluster), 10):
            described = ecs.describe_services(cluster=cluster, services=services)["services"]
            definitions |= {each["taskDefinition"] for each in described if each.get("taskDefinition")}
            definitions |= {each["taskDefinition"] for found in described for each in found.get("deployments", ())}
        for tasks in _batches(account.pages("ecs", "list_tasks", "taskArns", cluster=cluster), 100):
            for task in ecs.describe_tasks(cluster=cluster, tasks=tasks)["tasks"]:
                containers = task.get("containers", ())
                text = " ".join(f"{each.get('image', '')} {each.get('imageDigest', '')}" for each in containers)
                yield Reference(f"task {_last(task['taskArn'])}", text)
    for definition in sorted(definitions):
        described = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
        text = " ".join(each.get("image", "") for each in described["containerDefinitions"])
        yield Reference(_last(definition), text)


def _functions(account: Account) -> Iterator[Reference]:
    for function in account.pages("lambda", "list_functions", "Functions", FunctionVersion="ALL"):
        if function.get("PackageType") != "Image":
            continue
        code = account.client("lambda").get_function(
            FunctionName=function["FunctionName"], Qualifier=function["Version"]
        )["Code"]
        text = f"{code.get('ImageUri', '')} {code.get('ResolvedImageUri', '')}"
        yield Reference(f"{function['FunctionName']}:{function['Version']}", text)


def _environments(account: Account) -> Iterator[Reference]:
    beanstalk = account.client("elasticbeanstalk")
    for environment in account.pages("elasticbeanstalk", "describe_environments", "Environments", IncludeDeleted=False):
        label = environment.get("VersionLabel")
        if not label:
            continue
        versions = beanstalk.describe_application_versions(
            ApplicationName=environment["ApplicationName"], VersionLabels=[label]
        )["ApplicationVersions"]
        for version in versions:
            yield Reference(environment["EnvironmentName"], _bundle(account, version.get("SourceBundle", {})))


def _bundle(account: Account, location: dict[str, Any]) -> str:
    """Return the text of all files of a source bundle: the tag of the image stands in its Compose file."""
    if not location:
        return ""
    response = account.client("s3").get_object(Bucket=location["S3Bucket"], Key=location["S3Key"])
    with zipfile.ZipFile(io.BytesIO(response["Body"].read())) as archive:
        return "\n".join(archive.read(name).decode(errors="replace") for name in archive.namelist())


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]


def _batches(items: Iterator[str], size: int) -> Iterator[list[str]]:
    while batch := list(islice(items, size)):
        yield batch
