"""Probes and rollback of the release are what its manifests say, on this machine, too."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local_aws import facts
from local_aws.emulator.checks import Probe
from local_aws.emulator.services.probes import probes
from local_aws.reach import request_target
from tests.local_aws.emulated import templates
from tests.local_aws.emulated.emulator import Emulator, started
from tests.local_aws.emulated.templates import probe

PORTS = [{"name": "http", "containerPort": 9000}]


def test_a_container_without_probes_is_ready_when_it_runs() -> None:
    assert probes({"name": "bills", "ports": PORTS}) == ()


def test_what_a_probe_does_not_say_is_as_kubernetes_has_it() -> None:
    container = {"name": "bills", "ports": PORTS, "livenessProbe": {"httpGet": {"port": 7}}}
    numbers = {"interval_s": 10, "timeout_s": 1, "failures": 3, "start_s": 0}
    assert probes(container) == (Probe(name="liveness", path="/", port=7, **numbers),)


def test_what_a_probe_says_is_done_and_nothing_counts_while_the_container_starts_up() -> None:
    numbers = {"periodSeconds": 7, "timeoutSeconds": 4, "failureThreshold": 6}
    container = {
        "name": "bills",
        "ports": PORTS,
        "startupProbe": probe("/a", periodSeconds=2, failureThreshold=11, initialDelaySeconds=1),
        "readinessProbe": probe("/b", **numbers),
    }
    asked = {"port": 9000, "start_s": 23}
    assert probes(container) == (
        Probe(name="startup", path="/a", interval_s=2, timeout_s=1, failures=1, **asked),
        Probe(name="readiness", path="/b", interval_s=7, timeout_s=4, failures=6, **asked),
    )


def test_a_probe_that_is_not_run_here_is_refused() -> None:
    container = {"name": "bills", "ports": PORTS, "readinessProbe": {"exec": {"command": ["true"]}}}
    with pytest.raises(ValueError, match="readinessProbe of container 'bills' has no httpGet"):
        probes(container)


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with started(tmp_path) as running:
        yield running


def running(emulator: Emulator) -> set[str]:
    found = facts.containers(emulator.running, "release")
    return {fact.id for fact in found if fact.status == "running"}


def targets(emulator: Emulator) -> dict[str, str]:
    """Address -> state."""
    balancing = emulator.client("elbv2")
    [group] = balancing.describe_target_groups()["TargetGroups"]
    found = balancing.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    return {target["Target"]["Id"]: target["TargetHealth"]["State"] for target in found}


def ask(emulator: Emulator, path: str) -> tuple[str, set[str]]:
    """Ask one of the pods, past the load balancer; returns its address and all pods that run before it answers."""
    address = next(iter(targets(emulator)))
    before = running(emulator)
    assert httpx.get(f"http://{address}:8080{path}").status_code == 200
    return address, before


@pytest.mark.local_run
def test_a_pod_that_is_not_alive_is_replaced(emulator: Emulator) -> None:
    emulator.deploy("release", templates.kubernetes("serve", livenessProbe=probe("/alive")))
    _, before = ask(emulator, "/ill/alive")
    emulator.wait(lambda: len(running(emulator)) == 2 and running(emulator) != before)


@pytest.mark.local_run
def test_a_pod_that_is_not_ready_runs_on_without_requests_until_it_is(emulator: Emulator) -> None:
    emulator.deploy("release", templates.kubernetes("serve", readinessProbe=probe("/ready")))
    sick, before = ask(emulator, "/ill/ready")
    emulator.wait(lambda: targets(emulator)[sick] == "unused")
    assert sorted(targets(emulator).values()) == ["healthy", "unused"]
    assert httpx.get(f"http://{sick}:8080/well/ready").status_code == 200
    emulator.wait(lambda: set(targets(emulator).values()) == {"healthy"})
    assert running(emulator) == before


@pytest.mark.local_run
def test_without_liveness_nobody_replaces_a_pod_that_only_the_load_balancer_misses(emulator: Emulator) -> None:
    release = templates.kubernetes("serve")
    release["Group"]["Properties"] |= {"HealthCheckIntervalSeconds": 1, "UnhealthyThresholdCount": 1}
    emulator.deploy("release", release)
    sick, before = ask(emulator, "/ill/livez")
    emulator.wait(lambda: targets(emulator)[sick] == "unhealthy")
    assert httpx.get(f"http://{sick}:8080/well/livez").status_code == 200
    emulator.wait(lambda: set(targets(emulator).values()) == {"healthy"})
    assert running(emulator) == before


@pytest.mark.local_run
@pytest.mark.parametrize("kind", ["startup", "readiness", "liveness"])
def test_a_version_whose_probe_never_passes_fails_and_the_one_before_serves_on(kind: str, emulator: Emulator) -> None:
    emulator.deploy("release", templates.kubernetes("serve"))
    altered: dict[str, Any] = {f"{kind}Probe": probe("/missing")}
    stack = emulator.update("release", templates.kubernetes("serve", **altered))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert f"Task failed {kind} health checks" in emulator.reasons("release")
    assert "GET /missing: 404" in emulator.reasons("release")
    emulator.wait(lambda: len(running(emulator)) == 2)


def wanted(emulator: Emulator) -> str:
    """The version that the release is to run."""
    ecs = emulator.client("ecs")
    [service] = ecs.describe_services(cluster="stand-ins", services=["release-Release"])["services"]
    return str(service["taskDefinition"])


@pytest.mark.local_run
@pytest.mark.parametrize("atomic", [True, False])
def test_helm_goes_back_only_where_the_chart_says_so(atomic: bool, emulator: Emulator) -> None:
    """With CloudFormation's own rollback left out, which would send the old manifests in any case."""
    emulator.deploy("release", templates.kubernetes("serve"))
    before, pods = wanted(emulator), running(emulator)
    altered = templates.kubernetes("serve", atomic=atomic, startupProbe=probe("/missing"))
    stack = emulator.update("release", altered, disable_rollback=True)
    assert stack["StackStatus"] == "UPDATE_FAILED"
    assert (wanted(emulator) == before) is atomic
    assert pods <= running(emulator)


@pytest.mark.local_run
def test_a_release_that_nobody_waits_for_is_done_at_once_and_answers_nothing(emulator: Emulator) -> None:
    never = templates.kubernetes("serve", wait=False, atomic=False, readinessProbe=probe("/missing"))
    stack = emulator.deploy("release", never, Url={"Fn::GetAtt": ["Balancer", "DNSName"]})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    emulator.wait(lambda: set(targets(emulator).values()) == {"unused"})
    base, headers = request_target(emulator.running, "http://" + stack["Outputs"][0]["OutputValue"])
    assert httpx.get(f"{base}/somewhere", headers=headers).status_code == 503
