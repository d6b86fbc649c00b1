"""What EKS cannot run is refused, with what would work."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk.lambda_layer_kubectl_v36 import KubectlV36Layer

from microservice import EksAutoMicroservice, EksFargateMicroservice, HttpApiVpcLink, PromotedImage, ServiceSpec

IMAGE = PromotedImage(repository_name="bills", digest="sha256:" + "0" * 64)
Target = type[EksAutoMicroservice | EksFargateMicroservice]


def on_eks(target: Target, **changes: Any) -> cdk.Stack:
    stack = cdk.Stack(cdk.App(), "Stack")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    kubectl = eks.KubectlProviderOptions(kubectl_layer=KubectlV36Layer(stack, "Kubectl"))
    version = eks.KubernetesVersion.V1_36
    cluster = eks.Cluster(stack, "Cluster", vpc=vpc, version=version, kubectl_provider_options=kubectl)
    link = HttpApiVpcLink(stack, "Link", vpc=vpc)
    spec = ServiceSpec(name="bills", **changes)
    target(stack, "Service", spec=spec, image=IMAGE, cluster=cluster, ingress=link)  # type: ignore[arg-type]
    return stack


@pytest.mark.parametrize("target", [EksAutoMicroservice, EksFargateMicroservice])
def test_nothing_starts_a_pod_when_a_request_comes(target: Target) -> None:
    with pytest.raises(ValueError, match=r"'bills' cannot run on EKS: min_instances is 0; allowed: 1 to 1000; fix:"):
        on_eks(target, min_instances=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architecture": "arm64"}, r"architecture is 'arm64'; allowed: 'x86_64'; fix: take eks-auto"),
        ({"memory_mib": 122625}, r"memory_mib is 122625; allowed: 128 to 122624; fix:"),
    ],
)
def test_fargate_under_eks_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"'bills' cannot run on Fargate under EKS: {message}"):
        on_eks(EksFargateMicroservice, **changes)


@pytest.mark.parametrize("target", [EksAutoMicroservice, EksFargateMicroservice])
def test_a_promoted_image_runs_by_its_digest(target: Target) -> None:
    template = cdk.assertions.Template.from_stack(on_eks(target)).to_json()
    [release] = [found for found in template["Resources"].values() if found["Type"] == "Custom::AWSCDK-EKS-HelmChart"]
    assert f"/bills@{IMAGE.digest}" in str(release["Properties"]["Values"])
