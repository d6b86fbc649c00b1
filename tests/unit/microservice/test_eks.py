"""Services on EKS: fields of the spec in the manifests, namespaces, customized and exported manifests, and imports."""

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import kubernetes_validate
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from microservice import EksAutoMicroservice, EksFargateMicroservice, HttpApiVpcLink, ServiceSpec
from microservice.eks.volumes import writable_volumes
from stacks.eks_cluster import EksClusterStack
from tests.conftest import resource, resources
from tests.unit.microservice.targets import IMAGE, stack_with
from tests.unit.stacks.kubernetes import manifest, manifests, release

BOTH = ("EksAutoMicroservice", "EksFargateMicroservice")
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"
PARAMETER = "arn:aws:ssm:us-east-1:123456789012:parameter/key"
SECRETS = {"PASSWORD": f"{SECRET}:password::", "WHOLE": SECRET, "KEY": PARAMETER}
CUSTOM_RESOURCES = {"TargetGroupBinding", "SecretProviderClass"}


def template_of(target: str, **fields: Any) -> dict[str, Any]:
    return dict(Template.from_stack(stack_with(target, **fields)).to_json())


def pod_of(template: dict[str, Any]) -> dict[str, Any]:
    return dict(manifest(template, "Deployment")["spec"]["template"]["spec"])


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))


@pytest.mark.parametrize("target", BOTH)
def test_the_command_is_the_arguments_of_the_entry_point(target: str) -> None:
    [container] = pod_of(template_of(target, command=["serve", "--verbose"]))["containers"]
    assert container["args"] == ["serve", "--verbose"]
    assert "command" not in container
    [container] = pod_of(template_of(target))["containers"]
    assert "args" not in container


@pytest.mark.parametrize("target", BOTH)
@pytest.mark.parametrize("start_seconds", [5, 60, 121, 300])
def test_kubernetes_helm_and_cloudformation_wait_for_the_start(target: str, start_seconds: int) -> None:
    template = template_of(target, start_seconds=start_seconds)
    [container] = pod_of(template)["containers"]
    probe = container["startupProbe"]
    assert start_seconds <= probe["periodSeconds"] * probe["failureThreshold"] <= start_seconds + 1
    deadline = manifest(template, "Deployment")["spec"]["progressDeadlineSeconds"]
    properties = release(template)["Properties"]
    wait = seconds(properties["Timeout"])
    assert start_seconds + 120 <= deadline < wait
    # The rollback starts old pods again, in the same call of the function.
    assert wait + start_seconds + 60 <= 15 * 60 < properties["ServiceTimeout"]


@pytest.mark.parametrize("target", BOTH)
def test_a_start_that_helm_cannot_wait_for_is_possible_without_a_release(target: str) -> None:
    stack = stack_with(target, start_seconds=900, release=False)
    [deployment] = [
        each
        for each in stack.node.find_child("Service").manifests
        if each["kind"] == "Deployment"  # type: ignore[attr-defined]
    ]
    assert deployment["spec"]["progressDeadlineSeconds"] > 900


@pytest.mark.parametrize("target", BOTH)
def test_writable_paths_are_in_memory_and_the_root_stays_read_only(target: str) -> None:
    pod = pod_of(template_of(target, writable_paths=["/tmp", "/var/cache"]))
    [container] = pod["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts == {"writable-tmp": "/tmp", "writable-var-cache": "/var/cache"}
    assert [volume["emptyDir"] for volume in pod["volumes"]] == [{"medium": "Memory", "sizeLimit": "64Mi"}] * 2
    assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_names_of_volumes_are_different_and_valid() -> None:
    paths = ["/a/b", "/a-b", "/A/b", "/a.b", "/_", f"/{'a' * 80}", f"/{'a' * 81}"]
    names = [volume["name"] for volume in writable_volumes(ServiceSpec(name="bills", writable_paths=paths))]
    assert len(set(names)) == len(paths)
    assert all(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name) for name in names)


@pytest.mark.parametrize("target", BOTH)
def test_a_service_that_traces_by_itself_has_no_variables_of_tracing(target: str) -> None:
    template = template_of(target, trace_sampling_rate=None)
    [container] = pod_of(template)["containers"]
    assert not [entry for entry in container["env"] if entry["name"].startswith("OTEL_")]
    assert "xray:" not in json.dumps(resources(template, "AWS::IAM::Policy"))


def test_secrets_are_mounted_and_copied_to_the_variables() -> None:
    template = template_of("EksAutoMicroservice", secrets=SECRETS)
    provider = manifest(template, "SecretProviderClass")
    name = provider["metadata"]["name"]
    assert provider["spec"]["parameters"]["usePodIdentity"] == "true"
    objects = json.loads(provider["spec"]["parameters"]["objects"])
    assert objects == [
        {"objectName": PARAMETER, "objectType": "ssmparameter", "objectAlias": "KEY.value"},
        {
            "objectName": SECRET,
            "objectType": "secretsmanager",
            "objectAlias": "PASSWORD.value",
            "jmesPath": [{"path": '"password"', "objectAlias": "PASSWORD"}],
        },
    ]
    [secret] = provider["spec"]["secretObjects"]
    assert secret["secretName"] == name
    assert {entry["key"]: entry["objectName"] for entry in secret["data"]} == {
        "KEY": "KEY.value",
        "PASSWORD": "PASSWORD",
        "WHOLE": "PASSWORD.value",
    }
    pod = pod_of(template)
    [container] = pod["containers"]
    references = {entry["name"]: entry["valueFrom"] for entry in container["env"] if "valueFrom" in entry}
    assert references == {variable: {"secretKeyRef": {"name": name, "key": variable}} for variable in SECRETS}
    # Without the mount, the driver creates no Secret.
    [volume] = [volume for volume in pod["volumes"] if "csi" in volume]
    assert volume["csi"]["volumeAttributes"] == {"secretProviderClass": name}
    assert volume["name"] in [mount["name"] for mount in container["volumeMounts"]]


def test_the_pods_may_read_their_secrets_only() -> None:
    policies = resources(template_of("EksAutoMicroservice", secrets=SECRETS), "AWS::IAM::Policy")
    statements = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
    granted = {
        (each["Action"], each["Resource"])
        for each in statements
        if isinstance(each["Action"], str) and each["Action"].startswith(("secretsmanager:", "ssm:"))
    }
    assert granted == {
        ("secretsmanager:GetSecretValue", SECRET),
        ("secretsmanager:DescribeSecret", SECRET),
        ("ssm:GetParameters", PARAMETER),
    }


def test_other_secrets_have_another_secret() -> None:
    """New pods would start with the values of the old Secret, which exists already."""
    before, after = (
        manifest(template_of("EksAutoMicroservice", secrets=each), "SecretProviderClass")
        for each in ({"KEY": PARAMETER}, {"KEY": SECRET})
    )
    assert before["metadata"]["name"] != after["metadata"]["name"]


def test_the_cluster_has_the_secrets_store_on_request() -> None:
    def addons(*, secrets_store: bool) -> dict[str, Any]:
        app = cdk.App()
        network = cdk.Stack(app, "Network")
        stack = EksClusterStack(app, "Cluster", vpc=ec2.Vpc(network, "Vpc", max_azs=2), secrets_store=secrets_store)
        found = resources(Template.from_stack(stack).to_json(), "AWS::EKS::Addon")
        return {addon["AddonName"]: addon.get("ConfigurationValues") for addon in found}

    assert set(addons(secrets_store=False)) == {"metrics-server"}
    values = json.loads(addons(secrets_store=True)["aws-secrets-store-csi-driver-provider"])
    assert values["secrets-store-csi-driver"]["syncSecret"] == {"enabled": True}
    # The node pool for arm64 has a taint.
    assert values["tolerations"] == [{"operator": "Exists"}]


@pytest.mark.parametrize("target", BOTH)
@pytest.mark.parametrize("option", [{}, {"namespace": "team"}, {"existing_namespace": "team"}])
def test_all_manifests_are_valid(target: str, option: dict[str, str]) -> None:
    secrets = SECRETS if target == "EksAutoMicroservice" else {}
    fields = {"command": ["serve"], "writable_paths": ["/tmp", "/A.b"], "secrets": secrets}
    for found in manifests(template_of(target, **fields, **option)):
        if found["kind"] not in CUSTOM_RESOURCES:
            kubernetes_validate.validate(found, "1.36", strict=True)


@pytest.mark.parametrize("target", BOTH)
def test_a_namespace_of_a_given_name_belongs_to_the_service(target: str) -> None:
    template = template_of(target, namespace="team")
    assert manifest(template, "Namespace")["metadata"]["name"] == "team"
    assert {each["metadata"].get("namespace", "team") for each in manifests(template)} == {"team"}


@pytest.mark.parametrize("target", BOTH)
def test_services_in_an_existing_namespace_have_different_names_and_pods(target: str) -> None:
    found = []
    for name in ("One", "Two"):
        app = cdk.App()
        stack = stack_with(target, app=app)
        around = {"cluster": stack.node.find_child("Cluster"), "ingress": stack.node.find_child("Link")}
        construct = {"EksAutoMicroservice": EksAutoMicroservice, "EksFargateMicroservice": EksFargateMicroservice}
        service = construct[target](
            stack, name, spec=ServiceSpec(name="bills"), image=IMAGE, existing_namespace="team", **around
        )
        kinds = {each["kind"]: each for each in service.manifests}
        found.append(kinds)
        assert "Namespace" not in kinds
        assert {each["metadata"]["namespace"] for each in service.manifests} == {"team"}
        pod = kinds["Deployment"]["spec"]["template"]
        gate = f"target-health.eks.amazonaws.com/{kinds['TargetGroupBinding']['metadata']['name']}"
        assert pod["spec"]["readinessGates"] == [{"conditionType": gate}]
        assert pod["spec"]["serviceAccountName"] == kinds["ServiceAccount"]["metadata"]["name"]
        assert pod["metadata"]["labels"].items() >= kinds["Service"]["spec"]["selector"].items()
    assert found[0]["Deployment"]["metadata"]["name"] != found[1]["Deployment"]["metadata"]["name"]
    assert found[0]["Service"]["spec"]["selector"] != found[1]["Service"]["spec"]["selector"]


def test_in_an_existing_namespace_the_role_and_the_profile_are_those_of_the_service() -> None:
    auto = template_of("EksAutoMicroservice", existing_namespace="team")
    [association] = resources(auto, "AWS::EKS::PodIdentityAssociation")
    account = manifest(auto, "ServiceAccount")["metadata"]["name"]
    assert (association["Namespace"], association["ServiceAccount"]) == ("team", account)
    fargate = template_of("EksFargateMicroservice", existing_namespace="team")
    [profile] = resources(fargate, "AWS::EKS::FargateProfile")
    [label] = manifest(fargate, "Deployment")["spec"]["selector"]["matchLabels"].items()
    labels = [{"Key": label[0], "Value": label[1]}]
    assert profile["Selectors"] == [{"Namespace": "team", "Labels": labels}]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"namespace": "Team"}, r"namespace='Team' is not valid .+ Write the name in lower case"),
        ({"namespace": "kube-system"}, r"namespace='kube-system' is not valid .+ Set existing_namespace instead\."),
        ({"existing_namespace": ""}, r"existing_namespace='' is not valid"),
        ({"namespace": "a", "existing_namespace": "b"}, r"are both set .+ Remove namespace"),
    ],
)
def test_invalid_namespaces_are_rejected(options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        stack_with("EksAutoMicroservice", **options)


def add_sidecar(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    [deployment] = [each for each in found if each["kind"] == "Deployment"]
    deployment["spec"]["template"]["spec"]["containers"].append({"name": "agent", "image": "agent:1"})
    settings = {"name": "settings", "namespace": deployment["metadata"]["namespace"]}
    return [*found, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": settings, "data": {"LEVEL": "info"}}]


@pytest.mark.parametrize("target", BOTH)
def test_customized_manifests_are_released(target: str) -> None:
    template = template_of(target, customize_manifests=add_sidecar)
    assert [container["name"] for container in pod_of(template)["containers"]] == ["microservice", "agent"]
    assert manifest(template, "ConfigMap")["data"] == {"LEVEL": "info"}


@pytest.mark.parametrize(
    ("customize", "message"),
    [
        (lambda found: found.clear(), r"returned NoneType \(allowed: a list of manifests\)\. End it with `return"),
        (lambda found: [*found, "kind: Job"], r"returned str as manifest \d+ .+ Return each manifest as a dict"),
        (lambda _: [{"kind": "Job", "metadata": {}}], r"returned manifest 0 \(Job\) without apiVersion, metadata.name"),
        (lambda _: [{"apiVersion": "v1", "kind": "Job"}], r"returned manifest 0 \(Job\) without metadata.name"),
        (lambda found: [*found, found[0]], r"returned two of Namespace [a-z0-9-]+ .+ Change the manifest that exists"),
    ],
)
def test_a_function_that_returns_no_manifests_is_rejected(customize: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"service 'bills': customize_manifests {message}"):
        stack_with("EksAutoMicroservice", customize_manifests=customize)


@pytest.mark.parametrize("target", BOTH)
def test_exported_manifests_name_the_outputs_of_the_stack(target: str) -> None:
    app = cdk.App()
    stack = stack_with(target, app=app, release=False, customize_manifests=add_sidecar)
    service: Any = stack.node.find_child("Service")
    template = Template.from_stack(stack).to_json()
    assert service.release is None
    assert not resources(template, "Custom::AWSCDK-EKS-HelmChart")
    [file] = Path(app.outdir).glob("*.manifests.yaml")
    assert file.name == "Stack.Service.manifests.yaml"
    text = file.read_text()
    documents = [json.loads(document) for document in text.split("\n---\n")]
    assert [each["kind"] for each in documents] == [each["kind"] for each in service.manifests]
    assert "Token[" not in text
    placeholders = set(re.findall(r"\$\{(\w+)\}", text))
    assert placeholders == set(template["Outputs"])
    [binding] = [each for each in documents if each["kind"] == "TargetGroupBinding"]
    output = binding["spec"]["targetGroupARN"].strip("${}")
    group = template["Outputs"][output]["Value"]["Ref"]
    assert template["Resources"][group]["Type"] == "AWS::ElasticLoadBalancingV2::TargetGroup"


def imported(stack: cdk.Stack, **attributes: Any) -> eks.ICluster:
    provider = eks.KubectlProvider.from_kubectl_provider_attributes(
        stack,
        "Kubectl",
        service_token="arn:aws:lambda:us-east-1:123456789012:function:kubectl",
        role=iam.Role.from_role_arn(stack, "KubectlRole", "arn:aws:iam::123456789012:role/kubectl"),
    )
    known = {
        "vpc": ec2.Vpc(stack, "Vpc", max_azs=2),
        "kubectl_provider": provider,
        "cluster_security_group_id": "sg-00000000",
        "open_id_connect_provider": iam.OpenIdConnectProvider.from_open_id_connect_provider_arn(
            stack, "Oidc", "arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/A"
        ),
    }
    given = {name: value for name, value in {**known, **attributes}.items() if value is not None}
    return eks.Cluster.from_cluster_attributes(stack, "Imported", cluster_name="existing", **given)


@pytest.mark.parametrize("construct", [EksAutoMicroservice, EksFargateMicroservice])
def test_an_imported_cluster_runs_a_service(construct: Any) -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    cluster = imported(stack)
    link = HttpApiVpcLink(stack, "Link", vpc=cluster.vpc)
    construct(stack, "Service", spec=ServiceSpec(name="bills"), image=IMAGE, cluster=cluster, ingress=link)
    template = Template.from_stack(stack).to_json()
    assert release(template)["Properties"]["ClusterName"] == "existing"
    rules = resources(template, "AWS::EC2::SecurityGroupIngress")
    assert "sg-00000000" in [rule["GroupId"] for rule in rules]
    assert "existing" in json.dumps(
        resource(template, "AWS::ElasticLoadBalancingV2::TargetGroup")["Properties"]["Tags"]
    )


@pytest.mark.parametrize(
    ("construct", "missing", "attribute"),
    [
        (EksAutoMicroservice, "vpc", "vpc"),
        (EksAutoMicroservice, "kubectl_provider", "kubectl_provider"),
        (EksAutoMicroservice, "cluster_security_group_id", "cluster_security_group"),
        (EksFargateMicroservice, "open_id_connect_provider", "open_id_connect_provider"),
    ],
)
def test_an_imported_cluster_without_an_attribute_is_rejected(construct: Any, missing: str, attribute: str) -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    link = HttpApiVpcLink(stack, "Link", vpc=ec2.Vpc(stack, "Other", max_azs=2))
    cluster = imported(stack, **{missing: None})
    with pytest.raises(ValueError, match=f"EKS cluster 'Stack/Imported': {attribute} is missing .+ Pass {missing}=…"):
        construct(stack, "Service", spec=ServiceSpec(name="bills"), image=IMAGE, cluster=cluster, ingress=link)


def test_a_vpc_of_unknown_addresses_is_rejected() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    subnets = {"availability_zones": ["a", "b"], "private_subnet_ids": ["subnet-1", "subnet-2"]}
    vpc = ec2.Vpc.from_vpc_attributes(stack, "Known", vpc_id="vpc-1", **subnets)
    cluster = imported(stack, vpc=vpc)
    link = HttpApiVpcLink(stack, "Link", vpc=vpc)
    with pytest.raises(ValueError, match=r"vpc.vpc_cidr_block is missing .+ Pass vpc_cidr_block=…"):
        EksAutoMicroservice(
            stack, "Service", spec=ServiceSpec(name="bills"), image=IMAGE, cluster=cluster, ingress=link
        )
