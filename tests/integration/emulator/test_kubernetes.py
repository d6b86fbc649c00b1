"""The emulated Kubernetes follows the manifests of the Helm release: pods, probes and rollback."""

import json
from typing import Any

import httpx
import pytest

from microservice import ServiceSpec
from microservice.eks.secrets_store import secret_provider_class, secret_variables
from tests.emulated import templates
from tests.emulated.emulator import Emulator, output
from tests.emulated.templates import probe

pytestmark = pytest.mark.local_run


def ids(emulator: Emulator) -> set[str]:
    return {pod.id for pod in emulator.running("release")}


def request_one_pod(emulator: Emulator, path: str) -> tuple[str, set[str]]:
    """Send a request to one pod, past the load balancer; returns its address, and all pods before the response."""
    address = next(iter(emulator.targets()))
    before = ids(emulator)
    assert httpx.get(f"http://{address}:8080{path}").status_code == 200
    return address, before


def test_the_minimum_number_of_pods_runs_with_the_role_of_their_service_account(emulator: Emulator) -> None:
    variables = [{"name": "GREETING", "value": "hello"}]
    emulator.deploy("release", templates.kubernetes("serve", min_replicas=3, env=variables))
    pods = emulator.running("release")
    assert len(pods) == 3
    for pod in pods:
        environment = emulator.record(pod)["environment"]
        assert environment["GREETING"] == "hello"
        assert environment["AWS_ACCESS_KEY_ID"].startswith("ASIA")


def test_pods_have_the_secrets_of_their_provider_class(emulator: Emulator) -> None:
    """A key of a secret in JSON, and a parameter; a sidecar before the container changes nothing."""
    text = json.dumps({"pass.word": "hunter2"})
    secret = emulator.client("secretsmanager").create_secret(Name="db", SecretString=text)["ARN"]
    emulator.client("ssm").put_parameter(Name="/tiny/key", Value="42", Type="String")
    parameter = "arn:aws:ssm:us-east-1:000000000000:parameter/tiny/key"
    spec = ServiceSpec(name="tiny", secrets={"PASSWORD": f"{secret}:pass.word::", "KEY": parameter})
    resources = templates.kubernetes("serve", env=secret_variables(spec, "tiny-1"))
    values = json.loads(resources["Release"]["Properties"]["Values"]["Fn::Sub"])
    body = secret_provider_class(spec, name="tiny-1", region="us-east-1")
    values["manifests"].append({"kind": "SecretProviderClass", "metadata": {"name": "tiny-1"}, "spec": body})
    values["manifests"][0]["spec"]["template"]["spec"]["containers"].insert(0, {"name": "agent", "image": "agent"})
    resources["Release"]["Properties"]["Values"]["Fn::Sub"] = json.dumps(values)
    emulator.deploy("release", resources)
    for pod in emulator.running("release"):
        environment = emulator.record(pod)["environment"]
        assert (environment["PASSWORD"], environment["KEY"]) == ("hunter2", "42")


def test_pods_have_the_role_in_the_annotation_of_their_service_account(emulator: Emulator) -> None:
    resources = templates.kubernetes("serve")
    del resources["Identity"]
    resources["Release"]["DependsOn"] = ["Listener"]
    values = json.loads(resources["Release"]["Properties"]["Values"]["Fn::Sub"])
    annotations = {"eks.amazonaws.com/role-arn": "${Role.Arn}"}
    values["manifests"].append({"kind": "ServiceAccount", "metadata": {"annotations": annotations}})
    resources["Release"]["Properties"]["Values"]["Fn::Sub"] = json.dumps(values)
    emulator.deploy("release", resources)
    [first, _] = emulator.running("release")
    assert emulator.record(first)["environment"]["AWS_ACCESS_KEY_ID"].startswith("ASIA")


def test_a_version_whose_pods_exit_rolls_back_and_the_old_pods_run(emulator: Emulator) -> None:
    emulator.deploy("release", templates.kubernetes("serve"))
    before = ids(emulator)
    stack = emulator.update("release", templates.kubernetes("exit", "7"))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "exited with 7" in emulator.reasons("release")
    assert len(before) == 2
    emulator.wait(lambda: len(ids(emulator)) == 2)


def test_a_first_version_whose_pods_exit_fails_too(emulator: Emulator) -> None:
    stack = emulator.deploy("release", templates.kubernetes("exit", "7"))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    emulator.wait(lambda: not ids(emulator))


def test_deletion_ends_the_pods(emulator: Emulator) -> None:
    emulator.deploy("release", templates.kubernetes("serve"))
    assert ids(emulator)
    emulator.delete("release")
    emulator.wait(lambda: not ids(emulator))


def test_a_pod_whose_liveness_probe_fails_is_replaced(emulator: Emulator) -> None:
    emulator.deploy("release", templates.kubernetes("serve", livenessProbe=probe("/alive")))
    _, before = request_one_pod(emulator, "/fail/alive")
    emulator.wait(lambda: len(ids(emulator)) == 2 and ids(emulator) != before)


def test_a_pod_that_is_not_ready_keeps_running_without_requests_until_it_is(emulator: Emulator) -> None:
    emulator.deploy("release", templates.kubernetes("serve", readinessProbe=probe("/ready")))
    sick, before = request_one_pod(emulator, "/fail/ready")
    emulator.wait(lambda: emulator.targets()[sick] == "unused")
    assert sorted(emulator.targets().values()) == ["healthy", "unused"]
    assert httpx.get(f"http://{sick}:8080/recover/ready").status_code == 200
    emulator.wait(lambda: set(emulator.targets().values()) == {"healthy"})
    assert ids(emulator) == before


def test_a_pod_without_probes_is_not_replaced_when_only_the_load_balancer_finds_it_unhealthy(
    emulator: Emulator,
) -> None:
    release = templates.kubernetes("serve")
    release["Group"]["Properties"] |= {"HealthCheckIntervalSeconds": 1, "UnhealthyThresholdCount": 1}
    emulator.deploy("release", release)
    sick, before = request_one_pod(emulator, "/fail/livez")
    emulator.wait(lambda: emulator.targets()[sick] == "unhealthy")
    assert httpx.get(f"http://{sick}:8080/recover/livez").status_code == 200
    emulator.wait(lambda: set(emulator.targets().values()) == {"healthy"})
    assert ids(emulator) == before


@pytest.mark.parametrize("kind", ["startup", "readiness", "liveness"])
def test_a_version_whose_probe_never_passes_rolls_back_and_the_old_pods_run(kind: str, emulator: Emulator) -> None:
    emulator.deploy("release", templates.kubernetes("serve"))
    altered: dict[str, Any] = {f"{kind}Probe": probe("/missing")}
    stack = emulator.update("release", templates.kubernetes("serve", **altered))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert f"Task failed {kind} health checks" in emulator.reasons("release")
    assert "GET /missing: 404" in emulator.reasons("release")
    emulator.wait(lambda: len(ids(emulator)) == 2)


def deployed_version(emulator: Emulator) -> str:
    """Return the version that the release is to run."""
    ecs = emulator.client("ecs")
    [service] = ecs.describe_services(cluster="emulated-services", services=["release-Release"])["services"]
    return str(service["taskDefinition"])


@pytest.mark.parametrize("atomic", [True, False])
def test_helm_rolls_back_only_an_atomic_release(atomic: bool, emulator: Emulator) -> None:
    """Without CloudFormation's own rollback, which would deploy the old manifests in any case."""
    emulator.deploy("release", templates.kubernetes("serve"))
    before, pods = deployed_version(emulator), ids(emulator)
    altered = templates.kubernetes("serve", atomic=atomic, startupProbe=probe("/missing"))
    stack = emulator.update("release", altered, disable_rollback=True)
    assert stack["StackStatus"] == "UPDATE_FAILED"
    assert (deployed_version(emulator) == before) is atomic
    assert pods <= ids(emulator)


def test_a_release_without_waiting_completes_at_once_and_its_load_balancer_returns_503(emulator: Emulator) -> None:
    never = templates.kubernetes("serve", wait=False, atomic=False, readinessProbe=probe("/missing"))
    stack = emulator.deploy("release", never, Url={"Fn::GetAtt": ["Balancer", "DNSName"]})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    emulator.wait(lambda: set(emulator.targets().values()) == {"unused"})
    assert emulator.get(f"http://{output(stack)}").status_code == 503
