"""The Kubernetes manifests: valid for the version of the cluster, and rolled back if pods do not become ready."""

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
# Custom resources of Auto Mode, which Kubernetes does not define.
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


def test_manifests_are_valid_for_the_version_of_the_cluster(template: Template, version: str) -> None:
    known = [found for found in manifests(template) if found["kind"] not in OF_AUTO_MODE]
    assert len(known) >= 6
    assert [faults(found, version) for found in known] == [None] * len(known)


@pytest.mark.parametrize("invalid", [{"replica": 1}, {"progressDeadlineSeconds": "300"}])
def test_an_invalid_field_of_a_manifest_is_found(template: Template, version: str, invalid: dict[str, Any]) -> None:
    wrong = copy.deepcopy(manifest(template, "Deployment"))
    wrong["spec"] |= invalid
    assert faults(wrong, version)


def test_a_release_rolls_back_if_its_pods_do_not_become_ready(template: Template) -> None:
    properties = release(template)["Properties"]
    assert (properties["Wait"], properties["Atomic"]) == (True, True)
    deadline = manifest(template, "Deployment")["spec"]["progressDeadlineSeconds"]
    wait = int(properties["Timeout"].removesuffix("s"))
    # Helm waits for the new version and again for its rollback, in a function with a timeout of 15 minutes.
    assert deadline < wait
    assert 2 * wait + 60 < 15 * 60 < properties["ServiceTimeout"] <= 1000


def test_a_release_does_not_shrink_a_service_that_has_scaled_out(template: Template) -> None:
    assert "replicas" not in manifest(template, "Deployment")["spec"]
    scaling = manifest(template, "HorizontalPodAutoscaler")["spec"]
    assert (scaling["minReplicas"], scaling["maxReplicas"]) == (2, 10)
    assert scaling["metrics"][0]["resource"]["target"]["averageUtilization"] == 60


def test_new_pods_start_before_old_ones_stop(template: Template) -> None:
    """If one pod may be unavailable, Helm accepts a Deployment of one pod that has none."""
    rolling = manifest(template, "Deployment")["spec"]["strategy"]["rollingUpdate"]
    assert rolling == {"maxSurge": "100%", "maxUnavailable": 0}
    [labels] = [found["metadata"]["labels"] for found in manifests(template) if found["kind"] == "Namespace"]
    assert labels["eks.amazonaws.com/pod-readiness-gate-inject"] == "enabled"


def test_a_request_in_flight_ends_before_its_pod(template: Template) -> None:
    pod = manifest(template, "Deployment")["spec"]["template"]["spec"]
    pre_stop = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    [group] = resources(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    attributes = {entry["Key"]: entry["Value"] for entry in group["TargetGroupAttributes"]}
    [integration] = resources(template, "AWS::ApiGatewayV2::Integration")
    longest = integration["TimeoutInMillis"] / 1000
    assert (
        longest
        < int(attributes["deregistration_delay.timeout_seconds"])
        <= pod["terminationGracePeriodSeconds"] - pre_stop
    )


def test_pods_are_read_only_and_run_without_privileges(template: Template) -> None:
    """The restricted pod security standard, and a read-only root file system."""
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


def test_probes_and_load_balancer_check_the_same_path(template: Template) -> None:
    [container] = manifest(template, "Deployment")["spec"]["template"]["spec"]["containers"]
    [group] = resources(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": group["HealthCheckPath"], "port": "http"}


def test_all_objects_are_in_the_namespace_that_the_release_deletes(template: Template) -> None:
    [namespace] = [found["metadata"]["name"] for found in manifests(template) if found["kind"] == "Namespace"]
    inside = [found["metadata"]["namespace"] for found in manifests(template) if found["kind"] != "Namespace"]
    assert set(inside) == {namespace}
    assert release(template)["Properties"]["Namespace"] == "default"
    assert "CreateNamespace" not in release(template)["Properties"]


def test_a_network_policy_allows_the_port_of_the_service_only_where_policies_are_enforced(
    templates: dict[str, Template],
) -> None:
    policy = manifest(templates["OrdersOnEksAuto"], "NetworkPolicy")["spec"]
    assert policy["policyTypes"] == ["Ingress"]
    assert [rule["ports"] for rule in policy["ingress"]] == [[{"port": "http", "protocol": "TCP"}]]
    assert "NetworkPolicy" not in {found["kind"] for found in manifests(templates["OrdersOnEksFargate"])}
    [switch] = resources(templates["OrdersEksCluster"], "Custom::AWSCDK-EKS-KubernetesResource")
    assert json.loads(switch["Manifest"])[0]["data"] == {"enable-network-policy-controller": "true"}


def test_pods_are_spread_over_availability_zones_and_two_instances_on_auto_mode(templates: dict[str, Template]) -> None:
    """Fargate does not support it: https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html."""
    auto, fargate = (manifest(templates[stack], "Deployment")["spec"]["template"]["spec"] for stack in TARGETS)
    zones, instances = auto["topologySpreadConstraints"]
    assert (zones["topologyKey"], zones["whenUnsatisfiable"]) == ("topology.kubernetes.io/zone", "ScheduleAnyway")
    assert (instances["topologyKey"], instances["whenUnsatisfiable"]) == ("kubernetes.io/hostname", "DoNotSchedule")
    assert (instances["minDomains"], instances["maxSkew"]) == (2, 1)
    assert "topologySpreadConstraints" not in fargate


def test_arm64_adds_a_node_pool(variant: Synthesise, app_spec: ServiceSpec) -> None:
    """The built-in node pool is x86_64 only: arm64 pods would stay pending."""
    other = variant(dataclasses.replace(app_spec, architecture="arm64")).templates["OrdersOnEksAuto"]
    pool = manifest(other, "NodePool")["spec"]["template"]["spec"]
    requirements = {entry["key"]: entry["values"] for entry in pool["requirements"]}
    assert requirements["kubernetes.io/arch"] == ["arm64"]
    assert "kubernetes.io/os" not in requirements
    assert pool["taints"] == [{"key": "kubernetes.io/arch", "value": "arm64", "effect": "NoSchedule"}]
    # Ten pods of a quarter of a vCPU, twice during a deployment, and the rest of one instance.
    assert manifest(other, "NodePool")["spec"]["limits"] == {"cpu": "21"}
    pod = manifest(other, "Deployment")["spec"]["template"]["spec"]
    assert [entry["key"] for entry in pod["tolerations"]] == ["kubernetes.io/arch"]
    assert pod["nodeSelector"] == {"kubernetes.io/arch": "arm64"}


@pytest.fixture(scope="session")
def helm(synthesised: Synthesised, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Helm binary of the Lambda layer that the template names."""
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
    """Run Helm like the CDK's function: with the chart of the asset, and a file with JSON values."""
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


def test_helm_accepts_the_options_that_the_cdk_passes(
    helm: Path, template: Template, synthesised: Synthesised, tmp_path: Path
) -> None:
    """Helm 4 has other options, and rejects unknown ones before it connects to a cluster."""
    config = tmp_path / "kubeconfig"
    config.write_text(
        "{apiVersion: v1, kind: Config, current-context: it, contexts: [{name: it, context: {cluster: it, user: it}}], "
        "clusters: [{name: it, cluster: {server: 'http://127.0.0.1:9'}}], users: [{name: it, user: {}}]}"
    )
    flags = ["--install", "--namespace", "default", "--wait", "--timeout", "360s", "--atomic"]
    finished = run(helm, template, synthesised.directory, tmp_path, "upgrade", *flags, "--kubeconfig", str(config))
    assert "cluster unreachable" in finished.stderr


@pytest.mark.parametrize("stack", TARGETS)
def test_a_pod_is_ready_when_its_target_in_the_group_is_healthy(stack: str, templates: dict[str, Template]) -> None:
    """Helm applies the binding last, and the controller adds the gate only to pods that are created after it."""
    [gate] = manifest(templates[stack], "Deployment")["spec"]["template"]["spec"]["readinessGates"]
    binding = manifest(templates[stack], "TargetGroupBinding")["metadata"]["name"]
    assert gate == {"conditionType": f"target-health.eks.amazonaws.com/{binding}"}


@pytest.mark.parametrize("stack", TARGETS)
def test_another_name_of_the_service_changes_labels_and_variables_only(
    stack: str, templates: dict[str, Template], variant: Synthesise, app_spec: ServiceSpec
) -> None:
    """Kubernetes never changes a selector, and a target group is bound once."""
    renamed = variant(dataclasses.replace(app_spec, name="bills")).templates[stack]
    names = [
        [(found["kind"], found["metadata"]["name"]) for found in manifests(each)]
        for each in (templates[stack], renamed)
    ]
    assert names[0] == names[1]
    specs = [manifest(each, "Deployment")["spec"] for each in (templates[stack], renamed)]
    assert specs[0]["selector"] == specs[1]["selector"]
    assert specs[0]["template"]["metadata"]["labels"] != specs[1]["template"]["metadata"]["labels"]


def test_the_only_pod_of_a_service_is_not_moved(
    templates: dict[str, Template], variant: Synthesise, app_spec: ServiceSpec
) -> None:
    alone = variant(dataclasses.replace(app_spec, min_instances=1)).templates["OrdersOnEksAuto"]
    metadata = manifest(alone, "Deployment")["spec"]["template"]["metadata"]
    assert metadata["annotations"] == {"karpenter.sh/do-not-disrupt": "true"}
    assert "annotations" not in manifest(templates["OrdersOnEksAuto"], "Deployment")["spec"]["template"]["metadata"]
