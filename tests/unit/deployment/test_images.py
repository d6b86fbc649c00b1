"""Retention of images: what uses an image keeps it, and deleting is asked for."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result
from moto import mock_aws

from deployment.cli import main
from deployment.errors import ActionableError
from deployment.images import references, repository
from deployment.images.retention import Reference, StoredImage, decide, users_of
from tests.unit.deployment.aws_responses import REGION, account, error, moto_account, stub

NOW = datetime(2026, 11, 28, tzinfo=UTC)
TAG = "a" * 64


def image(tag: str, days: int, digest: str = "") -> StoredImage:
    pushed_at = NOW - timedelta(days=days)
    return StoredImage(digest=digest or f"sha256:{tag}", tags=(tag,), size_bytes=2**20, pushed_at=pushed_at)


def kept(images: list[StoredImage], *used: Reference) -> dict[str, str]:
    return {each.image.name: each.kept for each in decide(images, used, now=NOW, older_than_days=90)}


class TestDecisions:
    def test_an_image_of_a_template_is_kept_by_its_tag(self) -> None:
        used = Reference("OrdersOnLambda", '{"ImageUri": "1.dkr.ecr.us-east-1.amazonaws.com/orders:old"}')
        found = decide([image("old", 400), image("new", 0)], [used], now=NOW, older_than_days=90)
        assert [(each.image.name, each.users, each.kept) for each in found] == [
            ("new", (), "newest"),
            ("old", ("OrdersOnLambda",), "in use"),
        ]

    def test_an_image_is_kept_by_its_digest(self) -> None:
        old = image("old", 400, digest=f"sha256:{TAG}")
        assert users_of(old, [Reference("task 1", f"orders@sha256:{TAG}")]) == ("task 1",)

    def test_the_newest_image_is_kept_at_any_age(self) -> None:
        assert kept([image("old", 400), image("newer", 300)]) == {"newer": "newest", "old": ""}

    def test_a_young_image_is_kept(self) -> None:
        assert kept([image("a", 0), image("b", 89), image("c", 90)])["b"] == "younger than 90 days"

    def test_an_image_of_the_limit_can_be_deleted(self) -> None:
        assert kept([image("a", 0), image("b", 90)])["b"] == ""

    def test_the_parts_of_a_kept_index_are_kept(self) -> None:
        """ECR does not delete an image that an index refers to."""
        index = StoredImage(digest="sha256:i", tags=("index",), size_bytes=0, pushed_at=NOW, parts=("sha256:amd",))
        part = StoredImage(digest="sha256:amd", tags=(), size_bytes=0, pushed_at=NOW - timedelta(days=400))
        other = StoredImage(digest="sha256:arm", tags=(), size_bytes=0, pushed_at=NOW - timedelta(days=400))
        assert kept([index, part, other]) == {"index": "newest", "amd": "part of index", "arm": ""}

    def test_an_untagged_image_is_named_by_its_digest(self) -> None:
        untagged = StoredImage(digest="sha256:abc", tags=(), size_bytes=0, pushed_at=NOW)
        assert untagged.name == "abc"
        assert users_of(untagged, [Reference("S", "")]) == ()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An account with the repository `orders`: three images, and a stack that uses the oldest."""
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        found = moto_account()
        ecr = found.client("ecr")
        ecr.create_repository(repositoryName="orders")
        for tag in ("used", "unused", "newest"):
            manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "tag": tag}
            ecr.put_image(repositoryName="orders", imageTag=tag, imageManifest=json.dumps(manifest))
        topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "orders:used"}}
        template = {"Resources": {"Topic": topic}}
        found.client("cloudformation").create_stack(StackName="OrdersOnLambda", TemplateBody=json.dumps(template))
        monkeypatch.setattr(repository, "stored_images", _aged(repository.stored_images))
        monkeypatch.setattr(references, "_environments", lambda _account: iter(()))
        yield found


def _aged(read: Any) -> Any:
    """moto pushes everything at the same second: set times apart."""
    order = ("newest", "unused", "used")

    def stored_images(aws: Any, name: str) -> list[StoredImage]:
        return [image(each.tags[0], 200 * order.index(each.tags[0]), each.digest) for each in read(aws, name)]

    return stored_images


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["images", "--repository", "orders", *arguments])


def tags(aws: Any) -> set[str]:
    details = aws.client("ecr").describe_images(repositoryName="orders")["imageDetails"]
    return {tag for each in details for tag in each["imageTags"]}


class TestCommand:
    def test_images_are_listed_and_nothing_is_deleted(self, aws: Any) -> None:
        result = run()
        assert result.exit_code == 0, result.output
        assert "OrdersOnLambda" in result.output
        assert "1 of 3 can be deleted" in result.output
        assert tags(aws) == {"used", "unused", "newest"}

    def test_delete_removes_what_is_unused_and_old(self, aws: Any) -> None:
        result = run("--delete")
        assert result.exit_code == 0, result.output
        assert "1 image deleted" in result.output
        assert tags(aws) == {"used", "newest"}

    def test_a_higher_age_keeps_everything(self, aws: Any) -> None:
        assert "0 of 3 can be deleted" in run("--older-than", "1000", "--delete").output
        assert tags(aws) == {"used", "unused", "newest"}

    @pytest.mark.usefixtures("aws")
    def test_the_json_says_what_was_deleted(self) -> None:
        data = json.loads(run("--delete", "--json").output)
        deleted = {each["tags"][0]: (each["used_by"], each["kept"], each["deleted"]) for each in data["images"]}
        assert deleted == {
            "newest": ([], "newest", False),
            "unused": ([], "", True),
            "used": (["OrdersOnLambda"], "in use", False),
        }

    def test_nothing_is_deleted_while_uses_are_unknown(self, aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        denied = stub("ecs", error("list_clusters", "AccessDeniedException", "no permission"))
        monkeypatch.setattr(references, "_ecs", lambda _account: denied.list_clusters())
        result = run("--delete")
        assert result.exit_code == 1
        assert "uses are unknown: Amazon ECS" in result.output
        assert tags(aws) == {"used", "unused", "newest"}

    def test_nothing_is_deleted_while_a_stack_changes(self, aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its rollback needs the image of the previous template, which is no longer its template."""
        changing = references.References(found=(), unread=(), changing=("OrdersOnLambda",))
        monkeypatch.setattr(references, "read", lambda _account: changing)
        result = run("--delete")
        assert result.exit_code == 1
        assert "OrdersOnLambda" in result.output
        assert tags(aws) == {"used", "unused", "newest"}

    @pytest.mark.usefixtures("aws")
    def test_an_image_that_ecr_keeps_is_shown_and_the_status_is_1(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(repository, "delete", lambda *_: ([], ["sha256:b: ImageReferencedByManifestList: index"]))
        result = run("--delete")
        assert (result.exit_code, "ImageReferencedByManifestList" in result.output) == (1, True)

    @mock_aws
    def test_a_missing_repository_is_an_error_with_a_fix(self) -> None:
        with pytest.raises(ActionableError, match="there is no repository 'orders'"):
            repository.stored_images(moto_account(), "orders")


class TestRepository:
    DETAIL = {"imageDigest": "sha256:a", "imageTags": ["a"], "imageSizeInBytes": 1, "imagePushedAt": NOW}  # noqa: RUF012

    def test_all_pages_are_read(self) -> None:
        other = {**self.DETAIL, "imageDigest": "sha256:b", "imageTags": ["b"]}
        pages = [
            ("describe_images", {"imageDetails": [self.DETAIL], "nextToken": "2"}),
            ("describe_images", {"imageDetails": [other]}),
        ]
        found = repository.stored_images(account(ecr=stub("ecr", *pages)), "orders")
        assert [each.name for each in found] == ["a", "b"]

    def test_the_parts_of_an_index_are_read(self) -> None:
        detail = {**self.DETAIL, "imageManifestMediaType": "application/vnd.oci.image.index.v1+json"}
        manifest = json.dumps({"manifests": [{"digest": "sha256:amd"}, {"digest": "sha256:arm"}]})
        responses = [
            ("describe_images", {"imageDetails": [detail]}),
            ("batch_get_image", {"images": [{"imageManifest": manifest}]}),
        ]
        [found] = repository.stored_images(account(ecr=stub("ecr", *responses)), "orders")
        assert found.parts == ("sha256:amd", "sha256:arm")

    def test_images_are_deleted_in_batches_and_failures_are_returned(self) -> None:
        images = [image(str(number), 0) for number in range(101)]
        failure = {
            "imageId": {"imageDigest": "sha256:100"},
            "failureCode": "ImageReferencedByManifestList",
            "failureReason": "an index needs it",
        }
        responses = [
            ("batch_delete_image", {"imageIds": [{"imageDigest": each.digest} for each in images[:100]]}),
            ("batch_delete_image", {"failures": [failure]}),
        ]
        deleted, failures = repository.delete(account(ecr=stub("ecr", *responses)), "orders", images)
        assert len(deleted) == 100
        assert failures == ["sha256:100: ImageReferencedByManifestList: an index needs it"]


class TestReferences:
    @mock_aws
    def test_stacks_of_every_page_are_read(self) -> None:
        aws = moto_account()
        for number in range(3):
            resources = {"Topic": {"Type": "AWS::SNS::Topic", "Metadata": {"image": f"orders:{number}"}}}
            body = json.dumps({"Resources": resources})
            aws.client("cloudformation").create_stack(StackName=f"Stack{number}", TemplateBody=body)
        found = references.read(aws)
        assert {each.owner for each in found.found if "orders:" in each.text} == {"Stack0", "Stack1", "Stack2"}

    def test_running_tasks_and_services_count(self) -> None:
        cluster, definition = "arn:aws:ecs:us-east-1:1:cluster/c", "arn:aws:ecs:us-east-1:1:task-definition/Orders:7"
        ecs = stub(
            "ecs",
            ("list_clusters", {"clusterArns": [cluster]}),
            ("list_services", {"serviceArns": ["s"]}),
            ("describe_services", {"services": [{"taskDefinition": definition}]}),
            ("list_tasks", {"taskArns": ["t/1"]}),
            (
                "describe_tasks",
                {"tasks": [{"taskArn": "t/1", "containers": [{"image": "orders:1", "imageDigest": "sha256:x"}]}]},
            ),
            ("describe_task_definition", {"taskDefinition": {"containerDefinitions": [{"image": "orders:2"}]}}),
        )
        found = list(references._ecs(account(ecs=ecs)))
        assert found == [Reference("task 1", "orders:1 sha256:x"), Reference("Orders:7", "orders:2")]

    def test_every_version_of_a_function_counts(self) -> None:
        functions = [
            {"FunctionName": "orders", "Version": "3", "PackageType": "Image"},
            {"FunctionName": "zip", "Version": "1", "PackageType": "Zip"},
        ]
        client = stub(
            "lambda",
            ("list_functions", {"Functions": functions}),
            ("get_function", {"Code": {"ImageUri": "orders:3", "ResolvedImageUri": "orders@sha256:3"}}),
        )
        found = list(references._functions(account(lambda_=client)))
        assert found == [Reference("orders:3", "orders:3 orders@sha256:3")]

    def test_the_source_bundle_of_an_environment_counts(self) -> None:
        """The tag stands in the Compose file only, not in the template."""
        bundle = io.BytesIO()
        with zipfile.ZipFile(bundle, "w") as archive:
            archive.writestr("docker-compose.yml", f'image: "${{IMAGE_REPOSITORY}}:{TAG}"')
        with mock_aws():
            s3 = boto3.client("s3", region_name=REGION)
            s3.create_bucket(Bucket="assets")
            s3.put_object(Bucket="assets", Key="b.zip", Body=bundle.getvalue())
            environment = {"EnvironmentName": "orders-env", "ApplicationName": "app-", "VersionLabel": "v1"}
            version = {"SourceBundle": {"S3Bucket": "assets", "S3Key": "b.zip"}}
            client = stub(
                "elasticbeanstalk",
                ("describe_environments", {"Environments": [environment]}),
                ("describe_application_versions", {"ApplicationVersions": [version]}),
            )
            [found] = references._environments(account(elasticbeanstalk=client, s3=s3))
        assert found.owner == "orders-env"
        assert TAG in found.text

    def test_a_service_that_cannot_be_read_is_named(self) -> None:
        denied = "AccessDeniedException"
        aws = account(
            cloudformation=stub("cloudformation", ("describe_stacks", {"Stacks": []})),
            ecs=stub("ecs", error("list_clusters", denied, "no")),
            lambda_=stub("lambda", ("list_functions", {"Functions": []})),
            elasticbeanstalk=stub("elasticbeanstalk", ("describe_environments", {"Environments": []})),
        )
        [reason] = references.read(aws).unread
        assert reason.startswith("Amazon ECS: ")

    def test_a_change_set_that_was_never_executed_uses_nothing(self) -> None:
        stack = {"StackName": "Orders", "StackStatus": "REVIEW_IN_PROGRESS", "CreationTime": NOW}
        changing: list[str] = []
        client = stub("cloudformation", ("describe_stacks", {"Stacks": [stack]}))
        assert list(references._stacks(account(cloudformation=client), changing)) == []
        assert changing == []

    def test_a_stack_in_progress_is_named(self) -> None:
        stack = {"StackName": "Orders", "StackStatus": "UPDATE_IN_PROGRESS", "CreationTime": NOW}
        client = stub(
            "cloudformation",
            ("describe_stacks", {"Stacks": [stack]}),
            ("get_template", {"TemplateBody": "{}"}),
        )
        changing: list[str] = []
        assert list(references._stacks(account(cloudformation=client), changing)) == [Reference("Orders", "{}")]
        assert changing == ["Orders"]


def test_a_missing_region_is_an_error_with_a_fix(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    result = CliRunner().invoke(main, ["images", "--repository", "orders"])
    assert result.exit_code == 1
    assert "no Region is set" in result.stderr
    assert "export AWS_REGION=us-east-1" in result.stderr
