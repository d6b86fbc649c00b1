"""The fields of the spec: where each value comes from, and which values change."""

import pytest

from deployment.errors import ActionableError
from tests.unit.copilot_import.reports import reported, service

REQUEST_DRIVEN = "Request-Driven Web Service"
BACKEND = "Backend Service"

# name: (manifest, expected values in the spec, manifest fields whose value changes)
CASES = {
    "a privileged port": (service(image="{port: 80}"), {"port": 8080}, {"image.port"}),
    "https in the container": (service(image="{port: 443}"), {"port": 8443}, {"image.port"}),
    "no port": (service(image="{build: D}"), {"port": 8080}, set()),
    "the target port of the load balancer": (service(http="{target_port: 9000}"), {"port": 9000}, set()),
    "a sidecar's port is not the service's": (
        service(http="{target_port: 9000, target_container: nginx}"),
        {"port": 8080},
        set(),
    ),
    "health check as a scalar": (service(http="{healthcheck: /up}"), {"health_path": "/up"}, set()),
    "health check as a map": (service(http="{healthcheck: {path: /up}}"), {"health_path": "/up"}, set()),
    "default health check": (service(), {"health_path": "/"}, set()),
    "health check with a query": (
        service(http="{healthcheck: '/up?deep=1'}"),
        {"health_path": "/up"},
        {"http.healthcheck"},
    ),
    "health check without a slash": (service(http="{healthcheck: up}"), {"health_path": "/up"}, {"http.healthcheck"}),
    "App Runner's health check": (service(REQUEST_DRIVEN, http="{healthcheck: /up}"), {"health_path": "/up"}, set()),
    "health check of the container": (
        "name: ab\ntype: Backend Service\n"
        'image: {port: 8080, healthcheck: {command: ["CMD-SHELL", "curl -f http://localhost:8080/_up || exit 1"]}}',
        {"health_path": "/_up"},
        set(),
    ),
    "no health check": ("name: ab\ntype: Backend Service\nimage: {port: 8080}", {"health_path": "/livez"}, set()),
    "default size": (service(), {"cpu": 256, "memory_mib": 512}, set()),
    "default size of App Runner": (service(REQUEST_DRIVEN), {"cpu": 1024, "memory_mib": 2048}, set()),
    "one task by default": (service(), {"min_instances": 1, "max_instances": 1}, set()),
    "a number of tasks": (service(count="3"), {"min_instances": 3, "max_instances": 3}, set()),
    "no tasks": (service(count="0"), {"min_instances": 1, "max_instances": 1}, {"count"}),
    "spot": (service(count="{spot: 2}"), {"min_instances": 2, "max_instances": 2}, set()),
    "a range": (
        service(count="{range: 2-5, cpu_percentage: 70}"),
        {"min_instances": 2, "max_instances": 5, "target_cpu_percent": 70},
        set(),
    ),
    "a range from zero": (
        service(count="{range: 0-5, cpu_percentage: 70}"),
        {"min_instances": 1, "max_instances": 5},
        {"count.range"},
    ),
    "a range as a map": (
        service(count="{range: {min: 2, max: 5, spot_from: 3}, requests: 5}"),
        {"min_instances": 2, "max_instances": 5, "target_cpu_percent": 60},
        set(),
    ),
    "a scaling target out of range": (
        service(count="{range: 1-2, cpu_percentage: {value: 100}}"),
        {"target_cpu_percent": 90},
        {"count.cpu_percentage.value"},
    ),
    "App Runner's default scaling": (
        service(REQUEST_DRIVEN),
        {"min_instances": 1, "max_instances": 25},
        set(),
    ),
    "App Runner's scaling by name": (
        service(REQUEST_DRIVEN, count="high/1"),
        {"min_instances": 1, "max_instances": 25},
        {"count"},
    ),
    "arm": (service(platform="linux/arm64"), {"architecture": "arm64"}, set()),
    "amd64": (service(platform="linux/amd64"), {"architecture": "x86_64"}, set()),
    "a platform as a map": (
        service(platform="{osfamily: linux, architecture: arm64}"),
        {"architecture": "arm64"},
        set(),
    ),
    "variables": (
        service(variables="{A: 1.10, B: yes, C: }"),
        {"environment": {"A": "1.10", "B": "yes", "C": ""}},
        set(),
    ),
    "names that platforms reserve": (
        service(variables="{OTEL_SERVICE_NAME: x, OTEL_RESOURCE_ATTRIBUTES: x, PORT: 1, TZ: UTC}"),
        {"environment": {"TZ": "UTC"}},
        set(),
    ),
    "tracing": (service(observability="{tracing: awsxray}"), {"trace_sampling_rate": 0.05}, set()),
    "no tracing": (service(), {"trace_sampling_rate": 0}, set()),
    "a command": (service(command="serve --port 1"), {"command": ["serve", "--port", "1"]}, set()),
    "a command as a list": (service(command="[serve, '-p']"), {"command": ["serve", "-p"]}, set()),
    "an image of another registry keeps its command": (
        service(image="{location: nginx, port: 8080}", command="serve"),
        {"command": ["serve"]},
        set(),
    ),
    "a health check as a line": (
        service(image="{port: 8080, healthcheck: {command: probe -q}}"),
        {"health_command": ["CMD-SHELL", "probe -q"]},
        set(),
    ),
    "a health check as words": (
        service(image="{port: 8080, healthcheck: {command: [CMD, /probe, -q]}}"),
        {"health_command": ["CMD", "/probe", "-q"]},
        set(),
    ),
    "a health check that is off": (
        service(image="{port: 8080, healthcheck: {command: [NONE]}}"),
        {"health_command": []},
        set(),
    ),
    "status codes": (
        service(http="{healthcheck: {success_codes: '200, 300-399'}}"),
        {"health_codes": "200,300-399"},
        set(),
    ),
    "status codes out of range": (
        service(http="{healthcheck: {success_codes: '200-599'}}"),
        {"health_codes": "200"},
        {"http.healthcheck.success_codes"},
    ),
    "a grace period": (service(http="{healthcheck: {grace_period: 2m30s}}"), {"start_seconds": 150}, set()),
    "the longer of two start periods": (
        service(image="{port: 8080, healthcheck: {start_period: 10s}}", http="{healthcheck: {grace_period: 90s}}"),
        {"start_seconds": 90},
        {"image.healthcheck.start_period"},
    ),
    "a grace period of an hour": (
        service(http="{healthcheck: {grace_period: 1h}}"),
        {"start_seconds": 900},
        {"http.healthcheck.grace_period"},
    ),
    "a volume of the task": (
        service(storage="{volumes: {scratch: {path: /scratch, read_only: false}}}"),
        {"writable_paths": ["/tmp", "/scratch"]},
        set(),
    ),
    "a volume on EFS": (
        service(storage="{volumes: {pictures: {path: /pictures, efs: true}}}"),
        {"writable_paths": ["/tmp"]},
        set(),
    ),
    "a name that is too long": (service(name="a" * 40), {"name": "a" * 32}, {"name"}),
    "a name in capitals": (service(name="My_Shop"), {"name": "my-shop"}, {"name"}),
    "a name of digits": (service(name="'42'"), {"name": "service"}, {"name"}),
}


@pytest.mark.parametrize(("text", "spec", "changed"), CASES.values(), ids=CASES)
def test_fields_of_the_spec(text, spec, changed):
    report = reported(text)
    assert {name: report.spec[name] for name in spec} == spec
    assert {finding.field for finding in report.findings if finding.outcome == "changed"} == changed
    advised = [finding for finding in report.findings if finding.outcome == "changed" and finding.advice]
    assert {finding.field for finding in advised} == changed, "a changed value has a reason"


REJECTED = {
    "cpu that is not a number": (service(cpu="lots"), "line 5: cpu is 'lots'; allowed: an integer"),
    "cpu that Fargate does not offer": (service(cpu="300"), "cpu=300 is not supported by Fargate (allowed: 256, 512"),
    "memory that Fargate does not offer with this cpu": (
        service(memory="8192"),
        "memory_mib=8192 with cpu=256 is not supported by Fargate (allowed: 512",
    ),
    "cpu out of range": (service(cpu="7"), "cpu=7 is not valid (allowed: an integer from 128 to 16384)"),
    "a port out of range": (service(image="{port: 70000}"), "line 3: image.port is '70000'; allowed: 1 to 65535"),
    "a reversed range": (service(count="{range: 5-2}"), "line 5: count.range is '5-2'"),
    "a range of words": (service(count="{range: a few}"), "allowed: MIN-MAX, such as 1-10"),
    "too many tasks": (service(count="2000"), "allowed: 0 to 1000"),
    "half a range": (service(count="{range: {min: 1}}"), "line 5: count.range"),
    "Windows": (service(platform="windows/x86_64"), "line 5: platform is 'windows/x86_64'"),
    "another processor": (service(platform="linux/riscv"), "allowed: linux/x86_64 or linux/arm64"),
    "a grace period without a unit": (
        service(http="{healthcheck: {grace_period: 90}}"),
        "http.healthcheck.grace_period is '90'; allowed: a duration such as 90s",
    ),
    "variables as a list": (service(variables="[A=1]"), "line 5: variables is '[\"A=1\"]'; allowed: a map"),
    "a variable that is a list": (service(variables="{A: [1]}"), "variables.A is '[\"1\"]'"),
    "an image that is a scalar": (service(image="nginx"), "line 3: image is 'nginx'; allowed: a map"),
    "environments as a list": (service(environments="[prod]"), "environments is"),
    "an environment that is a scalar": (service(environments="{prod: 1}"), "environments.prod is '1'"),
    "no name": ("type: Backend Service", "no field 'name'"),
    "no type": ("name: a\nstages: []", "no field 'type' (fields: name, stages); allowed: Load Balanced"),
    "an unknown type": ("name: a\ntype: Web Service", "line 2: type is 'Web Service'; allowed: Load Balanced"),
    "an environment": ("name: a\ntype: Environment", "type is 'Environment'"),
    "a list": ("- a", "it has no fields"),
}


@pytest.mark.parametrize(("text", "cause"), REJECTED.values(), ids=REJECTED)
def test_invalid_fields_are_rejected_with_a_fix(text, cause):
    with pytest.raises(ActionableError) as rejected:
        reported(text)
    assert cause in rejected.value.cause
    assert rejected.value.fix
    assert "manifest.yml" in rejected.value.message


def test_an_invalid_override_is_rejected_for_its_environment_only():
    text = service(environments="{prod: {memory: 700}}")
    assert reported(text).spec["memory_mib"] == 512
    with pytest.raises(ActionableError, match="cannot import") as rejected:
        reported(text, "prod")
    assert rejected.value.fix == "change memory in line 5"
