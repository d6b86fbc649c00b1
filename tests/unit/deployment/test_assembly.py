"""Reading a cloud assembly."""

import json
from pathlib import Path

import pytest

from deployment.assembly import Assembly, SpecField, Target
from deployment.errors import ActionableError
from deployment.target_ids import documented_targets, require_documented
from tests.unit.deployment.fake_environment import container


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


def test_targets_come_from_the_metadata_with_the_resources_inside(assembly):
    (target,) = Assembly.load(assembly).targets.values()
    assert (target.id, target.construct, target.stack) == ("ecs-fargate", "FargateMicroservice", "Service")
    assert target.logical_ids == ("OrdersRole",)


@pytest.mark.parametrize(
    ("file", "content", "cause"),
    [
        ("elsewhere/manifest.json", "{}", "the directory does not exist"),
        ("here/other.json", "{}", "it has no manifest.json"),
        ("here/manifest.json", "[", "manifest.json was not written by the CDK"),
        ("here/manifest.json", "{}", "manifest.json was not written by the CDK"),
        ("here/manifest.json", "[]", "manifest.json was not written by the CDK"),
        ("here/manifest.json", "null", "manifest.json was not written by the CDK"),
        ("here/manifest.json", '{"artifacts": {"a": 1}}', "manifest.json was not written by the CDK"),
        ("here/manifest.json/other.json", "{}", "manifest.json cannot be read: Is a directory"),
        ("here", "{}", "the directory does not exist"),
    ],
)
def test_a_directory_that_is_not_an_assembly_is_explained(tmp_path, file, content, cause):
    made = tmp_path / file
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_text(content)
    with pytest.raises(ActionableError, match="is not a cloud assembly") as raised:
        Assembly.load(tmp_path / "here")
    assert raised.value.cause.startswith(cause)
    assert "Errno" not in raised.value.cause
    assert "make synth" in raised.value.fix


def test_metadata_of_a_target_is_read(assembly):
    data = {
        "id": "ecs-fargate",
        "construct": "FargateMicroservice",
        "module": "ecs.fargate",
        "summary": "Fargate behind an HTTP API.",
        "description": ["You pay by the second."],
        "options": {"cluster": "The cluster."},
        "unsupported_fields": {"port": "fixed"},
        "spec_fields": [{"name": "cpu", "default": "256", "description": "CPU units."}],
    }
    metadata = {"/Service/Orders": [{"type": "microservice:target", "data": data}]}
    (assembly / "service.metadata.json").write_text(json.dumps(metadata))
    target = Assembly.load(assembly).targets["ecs-fargate"]
    assert (target.module, target.summary) == ("ecs.fargate", "Fargate behind an HTTP API.")
    assert target.description == ("You pay by the second.",)
    assert (target.options, target.unsupported_fields) == ({"cluster": "The cluster."}, {"port": "fixed"})
    assert target.spec_fields == (SpecField(name="cpu", default="256", description="CPU units."),)


def test_metadata_without_documentation_has_defaults(assembly):
    target = Assembly.load(assembly).targets["ecs-fargate"]
    assert (target.module, target.summary, target.description) == ("", "", ())
    assert (target.options, target.unsupported_fields, target.spec_fields) == ({}, {}, ())


@pytest.mark.parametrize(
    ("outputs", "found"),
    [
        ({"OrdersUrl": {"Ref": "OrdersRole"}, "MailUrl": "https://mail.example.com"}, "OrdersUrl"),
        ({"MailUrl": {"Ref": "OrdersRole"}, "OrdersUrl": "https://shop.example.com"}, "MailUrl"),
        # A URL at a domain name refers to no resource of the service.
        ({"MailUrl": "https://mail.example.com", "OrdersUrl": "https://shop.example.com"}, "OrdersUrl"),
        ({"MailUrl": "https://mail.example.com", "Url": "https://shop.example.com"}, "Url"),
    ],
)
def test_the_url_of_a_service_is_found_by_its_resources_or_by_its_name(assembly, outputs, found):
    file = assembly / "Service.template.json"
    template = json.loads(file.read_text())
    file.write_text(json.dumps({**template, "Outputs": {name: {"Value": value} for name, value in outputs.items()}}))
    assert Assembly.load(assembly).targets["ecs-fargate"].url_output == found


def test_an_unknown_target_is_rejected_with_the_known_ones(assembly):
    with pytest.raises(ActionableError, match="'lambada'") as raised:
        Assembly.load(assembly).require_targets(["ecs-fargate", "lambada"])
    assert "ecs-fargate" in raised.value.cause


def test_the_targets_are_known_without_an_assembly(synthesised):
    found = Assembly.load(synthesised.directory).targets
    assert sorted(documented_targets()) == sorted(found)
    require_documented(["lambda", "ecs-fargate:Shop/Orders"])
    with pytest.raises(ActionableError, match="there is no target 'lambada'") as raised:
        require_documented(["lambda", "lambada"])
    assert raised.value.fix == "use lambda"


@pytest.mark.parametrize(
    ("content", "cause"),
    [(None, "it has no Service.template.json"), ("{", "Service.template.json was not written by the CDK")],
)
def test_a_damaged_template_is_explained(assembly, content, cause):
    template = assembly / "Service.template.json"
    template.unlink()
    if content:
        template.write_text(content)
    with pytest.raises(ActionableError, match="is not complete") as raised:
        Assembly.load(assembly)
    assert raised.value.cause.startswith(cause)


def test_services_that_share_a_stack_have_the_containers_of_their_own_resources() -> None:
    stacks = {"bills": "Shop", "carts": "Shop", "mails": "Mails"}
    targets = {
        name: Target(id=name, construct="FargateMicroservice", stack=stack, logical_ids=(f"{name}Task",))
        for name, stack in stacks.items()
    }
    found = Assembly(path=Path(), stacks=(), targets=targets)
    billing, carting, unknown = (
        container(id=name, stack="Shop", resource=name) for name in ("billsTask", "cartsTask", "")
    )
    # Alone in its stack, a service has every container of it, such as that of a function beside it.
    mailing = container(stack="Mails", resource="Other")
    containers = [billing, carting, unknown, mailing]
    assert found.containers_of("bills", containers) == [billing]
    assert found.containers_of("carts", containers) == [carting]
    assert found.containers_of("mails", containers) == [mailing]
