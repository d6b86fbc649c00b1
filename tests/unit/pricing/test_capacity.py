"""The replicas that a template runs for a given usage, by its own scaling and size."""

import pytest

from pricing.usage import Usage
from tests.unit.pricing import samples


def capacity(**scaling):
    return samples.priced(samples.fargate(**scaling)).capacity


@pytest.mark.parametrize(
    ("requests", "replicas"),
    [(0, 2), (1, 2), (50, 2), (50.1, 3), (75, 3), (250, 10)],  # 0.25 vCPU at 50 % are 0.125 vCPU: 25 requests/s
)
def test_replicas_follow_the_target_value_of_scaling(requests, replicas):
    found = capacity()
    usage = Usage(requests_per_second=requests, cpu_seconds=0.005)
    assert found.required_replicas(usage) == replicas
    assert found.unsupported_reason(usage) == ""


def test_usage_above_the_maximum_of_replicas_is_unsupported():
    usage = Usage(requests_per_second=251, cpu_seconds=0.005)
    assert capacity().unsupported_reason(usage) == "needs 11 tasks, the template allows 10"
    assert capacity(max_replicas=11).unsupported_reason(usage) == ""
    assert capacity().unsupported_reason(usage.at(50_000)) == "needs 2,000 tasks, the template allows 10"


def test_a_replica_with_too_little_memory_supports_no_usage():
    assert (
        capacity().unsupported_reason(Usage(memory_mib=513)) == "needs 513 MiB per replica, the template allocates 512"
    )


def test_always_on_overrides_the_minimum_of_replicas():
    idle = Usage(requests_per_second=0, always_on=4)
    assert capacity().required_replicas(idle) == 4
    assert capacity().usage_metrics(idle)["replica_hours"] == pytest.approx(4 * 730)
    assert capacity().unsupported_reason(Usage(always_on=11)) == "needs 11 tasks, the template allows 10"


def test_the_minimum_of_replicas_runs_in_the_hours_without_load():
    usage = Usage(requests_per_second=100, cpu_seconds=0.005, hours_a_day=6)
    assert capacity().usage_metrics(usage)["replica_hours"] == pytest.approx(730 * (0.25 * 4 + 0.75 * 2))


def test_a_function_handles_one_request_per_execution_environment_with_the_headroom_of_containers():
    found = samples.priced({"Function": samples.function(memory=1769, max_replicas=10)}).capacity
    usage = Usage(requests_per_second=240, cpu_seconds=0.01, wait_seconds=0.015)
    assert found.request_duration(usage) == pytest.approx(0.025)
    assert found.required_replicas(usage) == 10
    assert found.unsupported_reason(usage.at(241)) == "needs 11 execution environments, the template allows 10"


def test_memory_above_one_vcpu_makes_a_function_no_faster():
    found = samples.priced({"Function": samples.function(memory=3538)}).capacity
    assert found.request_duration(Usage(cpu_seconds=0.01, wait_seconds=0)) == pytest.approx(0.01)


def test_throttling_of_the_http_api_limits_the_request_rate():
    stage = samples.resource("AWS::ApiGatewayV2::Stage", DefaultRouteSettings={"ThrottlingRateLimit": 100})
    found = samples.priced({**samples.fargate(max_replicas=1000), "Stage": stage}).capacity
    assert found.unsupported_reason(Usage(requests_per_second=100)) == ""
    assert found.unsupported_reason(Usage(requests_per_second=101)) == "its HTTP API is throttled at 100 requests/s"


def test_every_target_of_the_app_allocates_the_memory_of_the_spec(cost_models, app_spec):
    memory = {target: cost_model.capacity.memory_mib for target, cost_model in cost_models.items()}
    assert set(memory.values()) == {app_spec.memory_mib}, memory


def test_every_target_of_the_app_scales_within_the_spec(cost_models, app_spec):
    spec = app_spec
    for target, cost_model in cost_models.items():
        # A function scales to the default quota of an account.
        assert cost_model.capacity.max_replicas == (1000 if target == "lambda" else spec.max_instances), target
        assert cost_model.capacity.min_replicas == (0 if target == "lambda" else spec.min_instances), target


def app_runner(min_replicas: int, max_concurrency: int = 100):
    return {
        "Scaling": samples.resource(
            "AWS::AppRunner::AutoScalingConfiguration", MinSize=min_replicas, MaxSize=10, MaxConcurrency=max_concurrency
        ),
        "Service": samples.resource(
            "AWS::AppRunner::Service",
            InstanceConfiguration={"Cpu": "1 vCPU", "Memory": "2048"},
            AutoScalingConfigurationArn={"Fn::GetAtt": ["Scaling", "AutoScalingConfigurationArn"]},
        ),
    }


def test_app_runner_scales_by_concurrency_and_by_cpu():
    found = samples.priced(app_runner(1, max_concurrency=2)).capacity
    assert found.required_replicas(Usage(requests_per_second=100, cpu_seconds=0.001, wait_seconds=0.099)) == 5
    assert found.required_replicas(Usage(requests_per_second=100, cpu_seconds=0.03, wait_seconds=0)) == 3


def test_app_runner_bills_memory_always_and_vcpus_while_active():
    cost_model = samples.priced(app_runner(2))
    charges = {charge.item: charge for charge in cost_model.charges}
    idle = cost_model.capacity.usage_metrics(Usage(requests_per_second=0))
    assert charges["memory of provisioned instances"].usd(idle) == pytest.approx(2 * 2 * 0.007 * 730)
    assert charges["vCPUs of active instances"].usd(idle) == 0
    # One request a minute keeps one instance awake; one a second keeps both.
    rare = cost_model.capacity.usage_metrics(Usage(requests_per_second=1 / 60))
    often = cost_model.capacity.usage_metrics(Usage(requests_per_second=1))
    assert charges["vCPUs of active instances"].usd(rare) == pytest.approx(0.064 * 730)
    assert charges["vCPUs of active instances"].usd(often) == pytest.approx(2 * 0.064 * 730)
