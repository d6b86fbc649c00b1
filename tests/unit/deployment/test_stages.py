"""An app with two stages, and two services of one target in a stack: what every reader of its assembly sees."""

import json
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import click.testing
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs

from comparison.cli import main as comparison
from comparison.facts import gather
from comparison.page import write as write_page
from deployment.assembly import Assembly
from deployment.cdk_arguments import CdkArguments
from deployment.errors import ActionableError
from deployment.preflight import Plan
from deployment.template import target_templates
from local_aws import startup
from local_aws.environment import ACCOUNT, REGION
from microservice import FargateMicroservice, HttpApiVpcLink, LambdaMicroservice, ServiceSpec, SourceImage

PROD = cdk.Environment(account="111122223333", region="eu-west-1")
BOUNDARY = "arn:aws:iam::111122223333:policy/boundary"


class Shop(cdk.Stack):
    """Two services of one target, one of another, and what they share."""

    def __init__(self, scope: cdk.Stage, image: SourceImage, qualifier: str) -> None:
        super().__init__(scope, "Shop", synthesizer=cdk.DefaultStackSynthesizer(qualifier=qualifier))
        vpc = ec2.Vpc(self, "Vpc", max_azs=2)
        cluster = ecs.Cluster(self, "Cluster", vpc=vpc, enable_fargate_capacity_providers=True)
        link = HttpApiVpcLink(self, "Link", vpc=vpc)
        for name, replicas in (("Orders", 2), ("Bills", 5)):
            spec = ServiceSpec(name=name.lower(), min_instances=replicas)
            service = FargateMicroservice(self, name, spec=spec, image=image, cluster=cluster, ingress=link)
            cdk.CfnOutput(self, f"{name}Url", value=service.url)


class Mail(cdk.Stack):
    """A service that calls another one, in a stack that depends on that of the other."""

    def __init__(self, scope: cdk.Stage, image: SourceImage, shop: cdk.Stack) -> None:
        super().__init__(scope, "Mail")
        spec = ServiceSpec(name="mail", min_instances=0)
        service = LambdaMicroservice(self, "Mail", spec=spec, image=image, command=["handler"])
        cdk.CfnOutput(self, "Url", value=service.url)
        self.add_stack_dependency(shop)


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("staged")
    context = folder / "image"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM scratch\n")
    image = SourceImage(directory=context)
    app = cdk.App(outdir=str(folder / "cdk.out"))
    for name, env, qualifier in (("Dev", None, "hnb659fds"), ("Prod", PROD, "shop")):
        boundary = cdk.PermissionsBoundary.from_arn(BOUNDARY)
        stage = cdk.Stage(app, name, env=env, permissions_boundary=boundary)
        Mail(stage, image, Shop(stage, image, qualifier))
    cdk.Tags.of(app).add("team", "shop")
    app.synth()
    return folder / "cdk.out"


@pytest.fixture(scope="module")
def prod(staged: Path) -> Assembly:
    return Assembly.load(staged, "Prod")


def command(*words: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(comparison, list(words))


def test_a_stage_has_its_stacks_with_names_and_dependencies(prod: Assembly) -> None:
    stacks = [(stack.name, stack.construct_path, stack.depends_on) for stack in prod.stacks]
    assert stacks == [("Prod-Shop", "Prod/Shop", ()), ("Prod-Mail", "Prod/Mail", ("Prod-Shop",))]
    assert (prod.stage, prod.path.name) == ("Prod", "assembly-Prod")


def test_an_explicit_environment_is_read(staged: Path, prod: Assembly) -> None:
    assert prod.environments == (("111122223333", "eu-west-1"),)
    assert prod.bootstrap_qualifiers == ("shop", "hnb659fds")
    assert Assembly.load(staged, "Dev").environments == (("", ""),)


def test_several_services_of_a_target_are_told_apart(prod: Assembly) -> None:
    assert list(prod.targets) == ["ecs-fargate:Prod-Shop/Orders", "ecs-fargate:Prod-Shop/Bills", "lambda"]
    assert [target.platform for target in prod.targets.values()] == ["ecs-fargate", "ecs-fargate", "lambda"]
    assert [target.url_output for target in prod.targets.values()] == ["OrdersUrl", "BillsUrl", "Url"]


def test_a_nested_folder_is_an_assembly_of_its_own(staged: Path, prod: Assembly) -> None:
    nested = Assembly.load(staged / "assembly-Prod")
    assert (nested.stacks, nested.targets) == (prod.stacks, prod.targets)


def test_several_stages_are_listed(staged: Path) -> None:
    with pytest.raises(ActionableError, match="has several stages") as several:
        Assembly.load(staged)
    assert several.value.cause == "it has Dev (assembly-Dev), Prod (assembly-Prod)"
    assert several.value.fix == "choose one: --stage Dev"
    with pytest.raises(ActionableError, match="has no stage 'Test'") as unknown:
        Assembly.load(staged, "Test")
    assert "Dev (assembly-Dev)" in unknown.value.cause


def test_a_stage_of_an_app_without_stages_is_rejected(staged: Path) -> None:
    with pytest.raises(ActionableError, match="has no stage 'Dev'") as raised:
        Assembly.load(staged / "assembly-Dev", "Dev")
    assert raised.value.fix == "omit --stage"


def only_stage(staged: Path, folder: Path, name: str) -> Path:
    """The app with one stage only."""
    manifest = json.loads((staged / "manifest.json").read_text())
    artifacts = {key: value for key, value in manifest["artifacts"].items() if key in (f"assembly-{name}", "Tree")}
    (folder / "manifest.json").write_text(json.dumps({**manifest, "artifacts": artifacts}))
    (folder / f"assembly-{name}").symlink_to(staged / f"assembly-{name}")
    return folder


def test_the_only_stage_needs_no_name(staged: Path, tmp_path: Path) -> None:
    assert Assembly.load(only_stage(staged, tmp_path, "Prod")).stage == "Prod"


def test_resources_of_another_service_are_no_part_of_a_service(prod: Assembly) -> None:
    orders, bills, mail = target_templates(prod)
    for templates, name in ((orders, "orders"), (bills, "bills")):
        [service] = templates.own("AWS::ECS::Service")
        assert service.construct_path.startswith(name.capitalize())
        assert len(templates.all("AWS::ECS::Service")) == 1
        assert [templates.is_shared(one) for one in templates.all("AWS::EC2::NatGateway")] == [True, True]
    assert mail.all("AWS::ECS::Service") == []
    assert mail.all("AWS::EC2::NatGateway"), "the stack that it depends on is deployed, too"


@pytest.mark.parametrize("stage", ["Dev", "Prod"])
def test_each_service_is_priced(staged: Path, stage: str) -> None:
    shown = command("cost", "--assembly", str(staged), "--stage", stage, "--format", "json")
    assert shown.exit_code == 0, shown.output
    found = {one["target"]: one for one in json.loads(shown.output)["estimates"]}
    assert {name: one["replicas"] for name, one in found.items()} == {
        f"ecs-fargate:{stage}-Shop/Orders": 2,
        f"ecs-fargate:{stage}-Shop/Bills": 5,
        "lambda": 1,
    }
    assert found[f"ecs-fargate:{stage}-Shop/Bills"]["usd"] > found[f"ecs-fargate:{stage}-Shop/Orders"]["usd"]


def test_the_command_says_which_stages_there_are(staged: Path) -> None:
    shown = command("cost", "--assembly", str(staged))
    assert shown.exit_code == 1
    assert "--stage Dev" in shown.output
    assert "assembly-Prod" in shown.output


def test_two_services_are_compared(staged: Path) -> None:
    names = [f"ecs-fargate:Dev-Shop/{name}" for name in ("Orders", "Bills")]
    shown = command("--assembly", str(staged), "--stage", "Dev", "diff", *names)
    assert shown.exit_code == 0, shown.output
    whole = command("--assembly", str(staged), "--stage", "Dev", "--format", "markdown")
    assert all(name in whole.output for name in names)


def test_facts_of_the_platform_belong_to_each_of_its_services(prod: Assembly, tmp_path: Path) -> None:
    facts = gather(prod)
    orders, bills, _ = facts.targets
    assert orders.you_patch == bills.you_patch is not None
    write_page(facts, tmp_path / "index.html")
    assert 'id="target-ecs-fargate:Prod-Shop/Orders"' in (tmp_path / "index.html").read_text()


def test_the_local_run_takes_account_and_region_of_the_stage(staged: Path, tmp_path: Path) -> None:
    found = startup.settings_for(tmp_path, assembly=staged, stage="Prod")
    assert (found.account, found.region) == ("111122223333", "eu-west-1")
    assert found.assembly == (staged / "assembly-Prod").resolve()
    other = startup.settings_for(tmp_path, assembly=staged / "assembly-Dev")
    assert (other.account, other.region) == (ACCOUNT, REGION)


def test_stacks_of_several_environments_are_no_local_run(staged: Path, tmp_path: Path) -> None:
    nested = tmp_path / "assembly"
    nested.mkdir()
    for file in (staged / "assembly-Prod").iterdir():
        (nested / file.name).write_text(
            file.read_text().replace("aws://111122223333/eu-west-1", "aws://1/eu-west-1", 1)
        )
    with pytest.raises(ActionableError, match="several environments") as raised:
        startup.settings_for(tmp_path, assembly=nested)
    assert "aws://111122223333/eu-west-1" in raised.value.cause


def test_a_stage_of_app_py_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ActionableError, match="--stage Prod has no assembly"):
        startup.settings_for(tmp_path, stage="Prod")


def selectors(assembly: Assembly, *names: str) -> Iterator[str]:
    yield from Plan.of(assembly, names, CdkArguments()).selectors


def test_the_cdk_cli_selects_stacks_of_a_stage_by_path(prod: Assembly) -> None:
    assert list(selectors(prod, "Prod-Mail")) == ["Prod/Mail"]
    assert list(selectors(prod, "Prod/Mail")) == ["Prod/Mail"]
    assert list(selectors(prod, "Prod-*")) == ["Prod/Shop", "Prod/Mail"]
    assert list(selectors(prod)) == []
    assert Plan.of(prod, ["Prod-Mail"]).names == ["Prod-Shop", "Prod-Mail"]
