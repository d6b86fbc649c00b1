"""What is read from a cloud assembly."""

import json
from pathlib import Path

import pytest

from deployment.assembly import Assembly
from deployment.errors import ActionableError
from local_aws.engine.image_definition import of_dockerfile, of_image


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    target = {"type": "microservice:target", "data": {"id": "ecs-fargate", "construct": "FargateMicroservice"}}
    metadata = {
        "/Service/Orders": [target],
        "/Service/Orders/Role/Resource": [{"type": "aws:cdk:logicalId", "data": "OrdersRole"}],
        "/Service/OrdersOther/Resource": [{"type": "aws:cdk:logicalId", "data": "Other"}],
    }
    (tmp_path / "service.metadata.json").write_text(json.dumps(metadata))
    resources = {"OrdersRole": {"Type": "AWS::IAM::Role"}, "CDKMetadata": {"Type": "AWS::CDK::Metadata"}}
    for name in ("Service", "Data"):
        (tmp_path / f"{name}.template.json").write_text(json.dumps({"Resources": resources}))
    kind = "aws:cloudformation:stack"
    artifacts = {
        "Service": {
            "type": kind,
            "properties": {"templateFile": "Service.template.json"},
            "dependencies": ["Data", "Service.assets"],
            "additionalMetadataFile": "service.metadata.json",
        },
        "Service.assets": {"type": "cdk:asset-manifest"},
        "Data": {"type": kind, "properties": {"templateFile": "Data.template.json", "stackName": "OrdersData"}},
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return tmp_path


def test_stacks_come_in_deploy_order(assembly):
    stacks = Assembly.load(assembly).stacks
    assert [(stack.name, stack.depends_on) for stack in stacks] == [("OrdersData", ()), ("Service", ("OrdersData",))]


def test_cdk_metadata_is_not_counted(assembly):
    assert {stack.resources for stack in Assembly.load(assembly).stacks} == {1}


def test_targets_are_found_in_the_metadata_with_what_is_inside_them(assembly):
    (target,) = Assembly.load(assembly).targets.values()
    assert (target.id, target.construct, target.stack) == ("ecs-fargate", "FargateMicroservice", "Service")
    assert target.logical_ids == ("OrdersRole",)


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("elsewhere/manifest.json", "{}", "there is no such directory"),
        ("here/other.json", "{}", "there is no manifest.json in it"),
        ("here/manifest.json", "[", "manifest.json is not one of the CDK's"),
        ("here/manifest.json", "{}", "manifest.json is not one of the CDK's"),
        ("here/manifest.json/other.json", "{}", "manifest.json cannot be read: Is a directory"),
        ("here", "{}", "there is no such directory"),
    ],
)
def test_a_folder_that_is_no_assembly_is_said_in_words(tmp_path, file, content, cause):
    made = tmp_path / file
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_text(content)
    with pytest.raises(ActionableError, match="is no cloud assembly") as refused:
        Assembly.load(tmp_path / "here")
    assert refused.value.cause.startswith(cause)
    assert "Errno" not in refused.value.cause
    assert "make synth" in refused.value.fix


def test_the_last_stage_says_what_an_image_runs():
    earlier = ["FROM a AS build", 'ENTRYPOINT ["other"]', "ENV X=1"]
    last = ["FROM a", "ENV A=1 \\", '    B="two words"', 'ENTRYPOINT ["python", "-m", "orders"]', 'CMD ["serve"]']
    found = of_dockerfile("\n".join(earlier + last))
    assert found.entry_point == ("python", "-m", "orders")
    assert found.command == ("serve",)
    assert found.environment == {"A": "1", "B": "two words"}


def test_an_image_that_is_not_in_the_assembly_cannot_be_pulled(assembly):
    with pytest.raises(LookupError, match="CannotPullContainerError"):
        of_image(assembly, "000000000000.dkr.ecr.us-east-1.amazonaws.com/orders:abc")
