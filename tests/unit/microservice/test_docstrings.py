"""The documentation of public names: each example synthesises, and each argument is documented with its default."""

import dataclasses
import inspect
import re
import textwrap
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53
from aws_cdk.lambda_layer_kubectl_v36 import KubectlV36Layer

import microservice
from tests.conftest import ROOT

PUBLIC = {name: getattr(microservice, name) for name in microservice.__all__}
CONSTRUCTS = [name for name, found in PUBLIC.items() if hasattr(found, "TARGET_ID") and name != "Microservice"]
WITH_EXAMPLE = [
    *CONSTRUCTS,
    *("CustomDomain", "HttpApiVpcLink", "InstanceType", "PromotedImage", "RepositorySource", "ServiceSpec"),
    *("PrivateIngress", "SharedLoadBalancer"),
    *("SourceImage", "function_with_live_alias", "one_shot_task_definition"),
]
DOCUMENTED = [name for name, found in PUBLIC.items() if callable(found) and not getattr(found, "_is_protocol", False)]


def section(text: str | None, title: str) -> str:
    """Return the dedented body of a docstring's section, such as `Args`, or an empty string."""
    found = re.search(rf"^{title}:\n((?:    .*\n?|\n)+)", inspect.cleandoc(text or ""), re.MULTILINE)
    return textwrap.dedent(found[1]).strip() if found else ""


def entries(text: str | None, title: str) -> dict[str, str]:
    """Return name -> description of a section."""
    found = re.findall(r"^\**(\w+): (.+(?:\n +.+)*)", section(text, title), re.MULTILINE)
    return {name: " ".join(description.split()) for name, description in found}


EXAMPLES = {name: example for name in PUBLIC if (example := section(PUBLIC[name].__doc__, "Example"))}


def scope_of(stack: cdk.Stack, directory: Path) -> dict[str, Any]:
    """Return the names that examples use; `Path` is relative to a directory."""
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    cluster = ecs.Cluster(stack, "Cluster", vpc=vpc, enable_fargate_capacity_providers=True)
    eks_cluster = eks.Cluster(
        stack,
        "EksCluster",
        vpc=vpc,
        version=eks.KubernetesVersion.V1_36,
        kubectl_provider_options=eks.KubectlProviderOptions(kubectl_layer=KubectlV36Layer(stack, "Kubectl")),
    )
    table = dynamodb.Table(
        stack, "Table", partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    )
    zone = route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id="Z0000000000000", zone_name="example.com"
    )
    certificate = acm.Certificate.from_certificate_arn(
        stack, "Certificate", "arn:aws:acm:us-east-1:000000000000:certificate/1"
    )
    return {
        **PUBLIC,
        "stack": stack,
        "vpc": vpc,
        "cluster": cluster,
        "eks_cluster": eks_cluster,
        "table": table,
        "zone": zone,
        "certificate": certificate,
        "image": microservice.SourceImage(directory=ROOT / "sample_service"),
        "cdk": cdk,
        "ecr": ecr,
        "eks": eks,
        "iam": iam,
        "dataclasses": dataclasses,
        "Path": directory.joinpath,
    }


def test_every_public_construct_and_input_has_an_example() -> None:
    assert len(CONSTRUCTS) >= 9
    assert [name for name in WITH_EXAMPLE if name not in EXAMPLES] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_synthesises(name: str, tmp_path: Path) -> None:
    (tmp_path / "image").mkdir()
    (tmp_path / "image/Dockerfile").write_text("ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n")
    app = cdk.App(outdir=str(tmp_path / "cdk.out"))
    given = scope_of(cdk.Stack(app, "Example"), tmp_path)
    names = dict(given)
    exec(compile(EXAMPLES[name], f"example of {name}", "exec"), names)
    app.synth()
    created = [value for key, value in names.items() if key != "__builtins__" and value is not given.get(key)]
    if inspect.isclass(PUBLIC[name]):
        assert any(isinstance(value, PUBLIC[name]) for value in created)
    assert f"{name}" in EXAMPLES[name] or created
    # The example of a target shows how to grant permissions.
    assert name not in CONSTRUCTS or ".role)" in EXAMPLES[name]


def parameters(name: str) -> list[inspect.Parameter]:
    found = PUBLIC[name]
    signature = inspect.signature(found.__init__ if inspect.isclass(found) else found)
    return [each for each in signature.parameters.values() if each.name != "self"]


def documentation(name: str) -> dict[str, str]:
    """Return the documented arguments: of dataclasses under `Attributes`, and of errors in the class docstring."""
    found = PUBLIC[name]
    if dataclasses.is_dataclass(found):
        return entries(found.__doc__, "Attributes")
    return entries(found.__doc__, "Args") | (entries(found.__init__.__doc__, "Args") if inspect.isclass(found) else {})


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_argument_is_documented_with_its_default(name: str) -> None:
    documented = documentation(name)
    for each in parameters(name):
        if each.kind is each.KEYWORD_ONLY or (inspect.isfunction(PUBLIC[name]) and documented):
            assert len(documented.get(each.name, "")) > 10, each.name
            assert (each.default is each.empty) == ("Default: " not in documented[each.name]), each.name


@pytest.mark.parametrize("name", DOCUMENTED)
def test_documented_arguments_exist(name: str) -> None:
    assert set(documentation(name)) <= {each.name for each in parameters(name)}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_first_line_is_a_sentence(name: str) -> None:
    assert re.fullmatch(r"[A-Z].+\.", (inspect.getdoc(PUBLIC[name]) or "").splitlines()[0])
