"""A pod as an ECS task definition and as probes."""

from typing import Any

import pytest

from local_aws.emulator.formats.pod import main_container, probes, secret_keys, task_definition
from local_aws.emulator.health_checks import Probe
from microservice import ServiceSpec
from microservice.eks.secrets_store import secret_provider_class
from tests.emulated.templates import probe

PORTS = [{"name": "http", "containerPort": 9000}]


@pytest.mark.parametrize("read_only", [True, False])
def test_the_task_definition_comes_from_the_pod(read_only: bool) -> None:
    container = {
        "name": "bills",
        "image": "bills:1",
        "command": ["/entry"],
        "args": ["serve"],
        "env": [{"name": "GREETING", "value": "hello"}],
        "ports": [{"containerPort": 9000}],
        "resources": {"limits": {"cpu": "250m", "memory": "1Gi"}},
        "securityContext": {"readOnlyRootFilesystem": read_only, "capabilities": {"drop": ["NET_RAW"]}},
        "lifecycle": {"preStop": {"sleep": {"seconds": 14}}},
    }
    security = {"runAsUser": 10001, "runAsGroup": 10002}
    pod = {"securityContext": security, "terminationGracePeriodSeconds": 45, "containers": [container]}
    definition = task_definition(pod, "arn:of:role")
    [main] = definition.pop("ContainerDefinitions")
    assert definition == {"Cpu": "256", "Memory": "1024", "TaskRoleArn": "arn:of:role"}
    assert main == {
        "Name": "Main",
        "Image": "bills:1",
        "Essential": True,
        "EntryPoint": ["/entry"],
        "Command": ["serve"],
        "Environment": [{"Name": "GREETING", "Value": "hello"}],
        "PortMappings": [{"ContainerPort": 9000, "Protocol": "tcp"}],
        "User": "10001:10002",
        "ReadonlyRootFilesystem": read_only,
        "LinuxParameters": {"Capabilities": {"Drop": ["NET_RAW"]}},
        "StopTimeout": 31,
    }


@pytest.mark.parametrize(("quantity", "units"), [("250m", 256), ("2", 2048), ("1500m", 1536), ("0.5", 512)])
def test_cpu_quantities(quantity: str, units: int) -> None:
    limits = {"limits": {"cpu": quantity, "memory": "512Mi"}}
    definition = task_definition({"containers": [{"image": "", "ports": [], "resources": limits}]}, "")
    assert (definition["Cpu"], definition["Memory"]) == (str(units), "512")


SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf"
PARAMETER = "arn:aws:ssm:us-east-1:000000000000:parameter/key"
SECRETS = {
    "PASSWORD": f"{SECRET}:pass.word::",
    "WHOLE": SECRET,
    "OLD": f"{SECRET}:user:AWSPREVIOUS:",
    "PARAMETER": PARAMETER,
}


def test_secrets_of_a_provider_class_have_the_sources_of_the_spec() -> None:
    """The construct writes what the emulator reads: a key, a version and a parameter come through."""
    spec = ServiceSpec(name="bills", secrets=SECRETS)
    found = secret_keys({"spec": secret_provider_class(spec, name="bills-1", region="us-east-1")})
    assert found == {("bills-1", variable): source for variable, source in SECRETS.items()}


def test_variables_from_a_secret_are_secrets_of_the_container() -> None:
    reference = {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "bills-1", "key": "PASSWORD"}}}
    pod = {"containers": [{"name": "bills", "image": "", "ports": PORTS, "env": [reference]}]}
    [main] = task_definition(pod, "", {("bills-1", "PASSWORD"): PARAMETER})["ContainerDefinitions"]
    assert main["Secrets"] == [{"Name": "PASSWORD", "ValueFrom": PARAMETER}]
    assert main["Environment"] == []


def test_a_variable_from_another_source_is_rejected() -> None:
    reference = {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}
    pod = {"containers": [{"name": "bills", "image": "", "ports": PORTS, "env": [reference]}]}
    with pytest.raises(ValueError, match="variable 'NODE' of container 'bills' has no source that is emulated"):
        task_definition(pod, "")


def test_empty_directories_are_mounted_with_their_size() -> None:
    volumes = [
        {"name": "small", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}},
        {"name": "any", "emptyDir": {}},
        {"name": "other", "configMap": {"name": "other"}},
    ]
    mounts = [{"name": volume["name"], "mountPath": f"/{volume['name']}"} for volume in volumes]
    pod = {"volumes": volumes, "containers": [{"image": "", "ports": PORTS, "volumeMounts": mounts}]}
    [main] = task_definition(pod, "")["ContainerDefinitions"]
    assert main["LinuxParameters"]["Tmpfs"] == [
        {"ContainerPath": "/small", "Size": 64},
        {"ContainerPath": "/any", "Size": 256},
    ]


def test_the_main_container_is_the_first_one_with_a_port() -> None:
    sidecar, main = {"name": "agent", "image": "agent"}, {"name": "bills", "image": "bills", "ports": PORTS}
    assert main_container({"containers": [sidecar, main]}) == main
    assert main_container({"containers": [sidecar]}) == sidecar
    [defined] = task_definition({"containers": [sidecar, main]}, "")["ContainerDefinitions"]
    assert defined["Image"] == "bills"


def test_a_container_without_probes_is_ready_when_it_runs() -> None:
    assert probes({"name": "bills", "ports": PORTS}) == ()


def test_a_probe_has_the_defaults_of_kubernetes() -> None:
    container = {"name": "bills", "ports": PORTS, "livenessProbe": {"httpGet": {"port": 7}}}
    numbers = {"interval_s": 10, "timeout_s": 1, "failure_threshold": 3, "start_period_s": 0}
    assert probes(container) == (Probe(name="liveness", path="/", port=7, **numbers),)


def test_no_failure_counts_before_the_startup_probe_is_over() -> None:
    numbers = {"periodSeconds": 7, "timeoutSeconds": 4, "failureThreshold": 6}
    container = {
        "name": "bills",
        "ports": PORTS,
        "startupProbe": probe("/a", periodSeconds=2, failureThreshold=11, initialDelaySeconds=1),
        "readinessProbe": probe("/b", **numbers),
    }
    common: dict[str, Any] = {"port": 9000, "start_period_s": 23}
    assert probes(container) == (
        Probe(name="startup", path="/a", interval_s=2, timeout_s=1, failure_threshold=1, **common),
        Probe(name="readiness", path="/b", interval_s=7, timeout_s=4, failure_threshold=6, **common),
    )


def test_other_probes_than_http_are_rejected() -> None:
    container = {"name": "bills", "ports": PORTS, "readinessProbe": {"exec": {"command": ["true"]}}}
    with pytest.raises(ValueError, match="readinessProbe of container 'bills' has no httpGet"):
        probes(container)


def test_a_probe_that_runs_a_command_is_the_health_check_of_a_container_without_a_port():
    check = {"exec": {"command": ["python", "-m", "check"]}, "periodSeconds": 10, "timeoutSeconds": 5}
    container = {
        "name": "main",
        "image": "worker",
        "startupProbe": check | {"failureThreshold": 6},
        "livenessProbe": check | {"failureThreshold": 3},
    }
    [definition] = task_definition({"containers": [container]}, "")["ContainerDefinitions"]
    assert definition["PortMappings"] == []
    assert definition["HealthCheck"] == {
        "Command": ["CMD", "python", "-m", "check"],
        "Interval": 10,
        "Timeout": 5,
        "Retries": 3,
        "StartPeriod": 60,
    }
