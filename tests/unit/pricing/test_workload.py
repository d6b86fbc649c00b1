"""The workload of each platform: replicas, size and scaling, read from templates."""

import json
from pathlib import Path

import pytest

from deployment.assembly import Assembly
from deployment.template import target_templates
from pricing.workload import Workload, workload, workload_resources
from tests.unit.pricing import samples


@pytest.fixture(scope="session")
def workloads(synthesised) -> dict[str, Workload]:
    found = {}
    for templates in target_templates(Assembly.load(synthesised.directory)):
        [resource] = workload_resources(templates)
        found[templates.target.id] = workload(resource, templates)
    return found


def test_every_target_of_the_app_scales(workloads):
    assert (workloads["lambda"].min_replicas, workloads["lambda"].max_replicas) == (0, None)
    others = [one for name, one in workloads.items() if name != "lambda"]
    assert {(one.min_replicas, one.max_replicas) for one in others} == {(2, 10)}


def test_the_scaling_metric_is_named(workloads):
    assert workloads["lambda"].scaling_metric == "concurrent requests, 1 per execution environment"
    assert workloads["ecs-fargate"].scaling_metric == "CPU utilization at 60 %"


def test_replicas_have_the_name_of_their_platform(workloads):
    assert {name: one.replica_type for name, one in workloads.items()} == {
        "ecs-fargate": "tasks",
        "ecs-express": "tasks",
        "ecs-managed-instances": "tasks",
        "eks-auto": "pods",
        "eks-fargate": "pods",
        "lambda": "execution environments",
        "app-runner": "instances",
        "beanstalk": "instances",
        "ec2-podman": "instances",
    }


def test_only_instances_of_your_own_have_an_instance_type(workloads):
    found = {name: one.instance_type for name, one in workloads.items() if one.instance_type}
    assert found == {"beanstalk": "t3.small", "ec2-podman": "t3.small"}


def test_the_architecture_is_that_of_the_template(workloads):
    assert workloads["lambda"].architecture == "x86_64"
    assert workloads["eks-auto"].architecture == "x86_64"


def test_a_template_without_a_workload_has_none():
    assert workload_resources(samples.target({"Bucket": samples.resource("AWS::S3::Bucket")})) == []


def test_a_function_without_reserved_concurrency_is_limited_by_the_account_only():
    function = samples.resource("AWS::Lambda::Function", PackageType="Image", MemorySize=1769)
    templates = samples.target({"Function": function})
    [resource] = workload_resources(templates)
    assert workload(resource, templates).max_replicas is None
    assert samples.priced({"Function": function}).capacity.max_replicas == 1000


def test_functions_outside_the_construct_are_no_workload(tmp_path: Path):
    samples.assembly(tmp_path, {"OnLambda": {"Function": samples.function()}}, {"lambda": "OnLambda"})
    template = tmp_path / "OnLambda.template.json"
    content = json.loads(template.read_text())
    content["Resources"]["Handler"] = samples.function()
    template.write_text(json.dumps(content))
    [templates] = target_templates(Assembly.load(tmp_path))
    assert [found.logical_id for found in workload_resources(templates)] == ["Function"]
