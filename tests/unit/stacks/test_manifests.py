"""What is handed to Kubernetes: valid for the cluster's version, and put up so that a bad version goes back."""

import copy
import dataclasses
import json
import os
import platform
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from microservice import ServiceSpec
from tests.conftest import Synthesise, Synthesised, Template, resources
from tests.unit.stacks.kubernetes import manifest, manifests, release

TARGETS = ("OrdersOnEksAuto", "OrdersOnEksFargate")
# Their definitions are not Kubernetes' own: Auto Mode brings them along.
OF_AUTO_MODE = {"TargetGroupBinding", "NodePool"}


@pytest.fixture(params=TARGETS)
def template(request: pytest.FixtureRequest, templates: dict[str, Template]) -> Template:
    return templates[request.param]


@pytest.fixture
def version(templates: dict[str, Template]) -> str:
    [cluster] = resources(templates["OrdersEksCluster"], "AWS::EKS::Cluster")
    return str(cluster["Version"])


def by_kind(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {entry["kind"]: entry for entry in found}


def faults(found: dict[str, Any], version: str) -> str | None:
    try:
        kubernetes_validate.validate(found, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return str(error.message)
    return None


def test_manifests_are_valid_in_the_version_of_the_cluster(template: Template, version: str) -> None:
    known = [found for found in manifests(template) if found["kind"] not in OF_AUTO_MODE]
    assert len(known) >= 6
    assert [faults(found, version) for found in known] == [None] * len(known)


@pytest.mark.parametrize("spoiled", [{"replica": 1}, {"progressDeadlineSeconds": "300"}])
def test_a_manifest_with_a_wrong_field_would_be_found(
    template: Template, version: str, spoiled: dict[str, Any]
) -> None:
    wrong = copy.deepcopy(manifest(template, "Deployment"))
    wrong["spec"] |= spoiled
    assert faults(wrong, version)


def test_pods_that_do_not_get_ready_fail_the_deployment_and_bring_back_the_version_before(template: Template) -> None:
    properties = release(template)["Properties"]
    assert (properties["Wait"], properties["Atomic"]) == (True, True)
    deadline = manifest(template, "Deployment")["spec"]["progressDeadlineSeconds"]
    wait = int(properties["Timeout"].removesuffix("s"))
    # Helm waits for the new version and again for the old one, in a function that ends after 15 minutes.
    assert deadline < wait
    assert 2 * wait + 60 < 15 * 60 < properties["ServiceTimeout"] <= 1000


def test_a_release_does_not_shrink_a_service_that_has_scaled_out(template: Template) -> None:
    assert "replicas" not in manifest(template, "Deployment")["spec"]
    scaling = manifest(template, "HorizontalPodAutoscaler")["spec"]
    assert (scaling["minReplicas"], scaling["maxReplicas"]) == (2, 10)
    assert scaling["metrics"][0]["resource"]["target"]["averageUtilization"] == 60


def test_a_version_adds_before_it_takes_away(template: Template) -> None:
    """With one pod that may be missing, Helm would call a Deployment of one pod ready that has none."""
    rolling = manifest(template, "Deployment")["spec"]["strategy"]["rollingUpdate"]
    assert rolling == {"maxSurge": "100%", "maxUnavailable": 0}
    [labels] = [found["metadata"]["labels"] for found in manifests(template) if found["kind"] == "Namespace"]
    assert labels["eks.amazonaws.com/pod-readiness-gate-inject"] == "enabled"


def test_a_request_in_flight_ends_before_its_pod(template: Template) -> None:
    pod = manifest(template, "Deployment")["spec"]["template"]["spec"]
    lingers = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    [group] = resources(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    drains = {entry["Key"]: entry["Value"] for entry in group["TargetGroupAttributes"]}
    [integration] = resources(template, "AWS::ApiGatewayV2::Integration")
    longest = integration["TimeoutInMillis"] / 1000
    assert (
        longest < int(drains["deregistration_delay.timeout_seconds"]) <= pod["terminationGracePeriodSeconds"] - lingers
    )


def test_pods_are_nobody_and_can_write_nothing(template: Template) -> None:
    """What the namespace enforces, and a root that cannot be written."""
    [labels] = [found["metadata"]["labels"] for found in manifests(template) if found["kind"] == "Namespace"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    pod = manifest(template, "Deployment")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["automountServiceAccountToken"] is False
    [container] = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }


def test_a_pod_that_is_asked_for_its_health_is_asked_where_the_load_balancer_asks(template: Template) -> None:
    [container] = manifest(template, "Deployment")["spec"]["template"]["spec"]["containers"]
    [group] = resources(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": group["HealthCheckPath"], "port": "http"}


def test_everything_is_in_the_namespace_that_ends_with_the_release(template: Template) -> None:
    [namespace] = [found["metadata"]["name"] for found in manifests(template) if found["kind"] == "Namespace"]
    inside = [found["metadata"]["namespace"] for found in manifests(template) if found["kind"] != "Namespace"]
    assert set(inside) == {namespace}
    assert release(template)["Properties"]["Namespace"] == "default"
    assert "CreateNamespace" not in release(template)["Properties"]


def test_only_requests_get_in_where_policies_are_enforced(templates: dict[str, Template]) -> None:
    policy = manifest(templates["OrdersOnEksAuto"], "NetworkPolicy")["spec"]
    assert policy["policyTypes"] == ["Ingress"]
    assert [rule["ports"] for rule in policy["ingress"]] == [[{"port": 8080, "protocol": "TCP"}]]
    assert "NetworkPolicy" not in {found["kind"] for found in manifests(templates["OrdersOnEksFargate"])}
    [switch] = resources(templates["OrdersEksCluster"], "Custom::AWSCDK-EKS-KubernetesResource")
    assert json.loads(switch["Manifest"])[0]["data"] == {"enable-network-policy-controller": "true"}


def test_pods_are_spread_over_zones_where_what_places_them_can(templates: dict[str, Template]) -> None:
    """https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html: Fargate cannot."""
    auto, fargate = (manifest(templates[stack], "Deployment")["spec"]["template"]["spec"] for stack in TARGETS)
    assert [entry["topologyKey"] for entry in auto["topologySpreadConstraints"]] == ["topology.kubernetes.io/zone"]
    assert "topologySpreadConstraints" not in fargate


def test_nodes_for_arm64_come_along_where_the_spec_asks_for_them(variant: Synthesise, app_spec: ServiceSpec) -> None:
    """EKS's own pool is x86_64 only: such pods would wait for ever."""
    other = variant(dataclasses.replace(app_spec, architecture="arm64")).templates["OrdersOnEksAuto"]
    pool = manifest(other, "NodePool")["spec"]["template"]["spec"]
    asked = {entry["key"]: entry["values"] for entry in pool["requirements"]}
    assert asked["kubernetes.io/arch"] == ["arm64"]
    pod = manifest(other, "Deployment")["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"kubernetes.io/arch": "arm64"}


@pytest.fixture(scope="session")
def helm(synthesised: Synthesised, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Helm that will run: out of the layer that the template names."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("Lambda's Helm runs on Linux on x86_64 only")
    layers = resources(synthesised.templates["OrdersEksCluster"], "AWS::Lambda::LayerVersion")
    [key] = [layer["Content"]["S3Key"] for layer in layers if "helm" in layer["Description"]]
    folder = tmp_path_factory.mktemp("layer")
    with zipfile.ZipFile(synthesised.directory / f"asset.{key}") as layer:
        binary = Path(layer.extract("helm/helm", folder))
    binary.chmod(0o755)
    return binary


def run(
    helm: Path, template: Template, directory: Path, tmp_path: Path, *command: str
) -> subprocess.CompletedProcess[str]:
    """Helm as the CDK's function calls it: chart out of the asset, values as JSON in a file."""
    values = tmp_path / "values.yaml"
    values.write_text(json.dumps({"manifests": manifests(template)}))
    asset = release(template)["Properties"]["ChartAssetURL"]["Fn::Sub"].split("/")[-1].removesuffix(".zip")
    chart = directory / f"asset.{asset}"
    line = [str(helm), *command[:1], "orders", str(chart), *command[1:], "--values", str(values)]
    home = {**os.environ, "HOME": str(tmp_path)}
    return subprocess.run(line, env=home, capture_output=True, text=True, check=False)


def test_helm_renders_the_manifests_and_nothing_else(
    helm: Path, template: Template, synthesised: Synthesised, tmp_path: Path
) -> None:
    finished = run(helm, template, synthesised.directory, tmp_path, "template")
    assert (finished.returncode, finished.stderr) == (0, "")
    rendered = [json.loads(line) for line in finished.stdout.splitlines() if line.startswith("{")]
    assert by_kind(rendered) == by_kind(manifests(template))
    assert len(rendered) == len(manifests(template))


def test_this_helm_knows_the_words_of_the_cdk(
    helm: Path, template: Template, synthesised: Synthesised, tmp_path: Path
) -> None:
    """Helm 4 has other words for them, and would refuse ones that it does not know before it looks for a cluster."""
    config = tmp_path / "kubeconfig"
    config.write_text(
        "{apiVersion: v1, kind: Config, current-context: it, contexts: [{name: it, context: {cluster: it, user: it}}], "
        "clusters: [{name: it, cluster: {server: 'http://127.0.0.1:9'}}], users: [{name: it, user: {}}]}"
    )
    words = ["--install", "--namespace", "default", "--wait", "--timeout", "360s", "--atomic"]
    finished = run(helm, template, synthesised.directory, tmp_path, "upgrade", *words, "--kubeconfig", str(config))
    assert "cluster unreachable" in finished.stderr
