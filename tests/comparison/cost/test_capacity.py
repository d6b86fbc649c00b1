"""How many copies a template runs for a load, by its own scaling and size."""

import pytest

from pricing.load import Load
from tests.comparison.cost import invented


def capacity(**scaling):
    return invented.priced(invented.fargate(**scaling)).capacity


@pytest.mark.parametrize(
    ("requests", "copies"),
    [(0, 2), (1, 2), (50, 2), (50.1, 3), (75, 3), (250, 10)],  # a copy of 0.25 vCPU at 50 % holds 0.125: 25 a second
)
def test_copies_follow_the_load_that_scaling_aims_at(requests, copies):
    found = capacity()
    load = Load(requests_per_second=requests, cpu_seconds=0.005)
    assert found.copies(load) == copies
    assert found.why_not(load) == ""


def test_a_load_beyond_the_most_copies_cannot_be_carried():
    load = Load(requests_per_second=251, cpu_seconds=0.005)
    assert capacity().why_not(load) == "it takes 11 copies, the template allows 10"
    assert capacity(most=11).why_not(load) == ""
    assert capacity().why_not(load.at(50_000)) == "it takes 2,000 copies, the template allows 10"


def test_a_copy_that_is_too_small_cannot_carry_anything():
    assert capacity().why_not(Load(memory_mib=513)) == "a copy has 512 MiB, the load needs 513"


def test_copies_that_always_run_may_be_asked_for():
    idle = Load(requests_per_second=0, always_on=4)
    assert capacity().copies(idle) == 4
    assert capacity().usage(idle)["copy_hours"] == pytest.approx(4 * 730)
    assert capacity().why_not(Load(always_on=11)) == "it takes 11 copies, the template allows 10"


def test_the_fewest_copies_run_in_the_hours_without_load():
    load = Load(requests_per_second=100, cpu_seconds=0.005, hours_a_day=6)
    assert capacity().usage(load)["copy_hours"] == pytest.approx(730 * (0.25 * 4 + 0.75 * 2))


def test_a_function_works_on_one_request_at_a_time():
    found = invented.priced({"Function": invented.function(memory=1769, most=10)}).capacity
    load = Load(requests_per_second=400, cpu_seconds=0.01, wait_seconds=0.015)
    assert found.duration(load) == pytest.approx(0.025)
    assert found.copies(load) == 10
    assert found.why_not(load.at(401)) == "it takes 11 environments, the template allows 10"


def test_a_function_with_more_memory_than_a_thread_can_use_is_not_faster():
    found = invented.priced({"Function": invented.function(memory=3538)}).capacity
    assert found.duration(Load(cpu_seconds=0.01, wait_seconds=0)) == pytest.approx(0.01)


def test_the_http_api_lets_so_many_through():
    stage = invented.resource("AWS::ApiGatewayV2::Stage", DefaultRouteSettings={"ThrottlingRateLimit": 100})
    found = invented.priced({**invented.fargate(most=1000), "Stage": stage}).capacity
    assert found.why_not(Load(requests_per_second=100)) == ""
    assert found.why_not(Load(requests_per_second=101)) == "its HTTP API lets 100 requests a second through"


def test_every_target_of_the_app_gives_a_copy_what_the_service_asks_for(profiles, app_module):
    memory = {target: profile.capacity.memory_mib for target, profile in profiles.items()}
    assert set(memory.values()) == {app_module.SPEC.memory_mib}, memory


def test_every_target_of_the_app_scales_as_the_service_asks_for(profiles, app_module):
    spec = app_module.SPEC
    for target, profile in profiles.items():
        assert profile.capacity.max_copies == spec.max_instances, target
        assert profile.capacity.min_copies == (0 if target == "lambda" else spec.min_instances), target


def app_runner(fewest: int, concurrency: int = 100):
    return {
        "Scaling": invented.resource(
            "AWS::AppRunner::AutoScalingConfiguration", MinSize=fewest, MaxSize=10, MaxConcurrency=concurrency
        ),
        "Service": invented.resource(
            "AWS::AppRunner::Service",
            InstanceConfiguration={"Cpu": "1 vCPU", "Memory": "2048"},
            AutoScalingConfigurationArn={"Fn::GetAtt": ["Scaling", "AutoScalingConfigurationArn"]},
        ),
    }


def test_app_runner_scales_by_requests_at_once_and_by_what_its_processors_can():
    found = invented.priced(app_runner(1, concurrency=2)).capacity
    assert found.copies(Load(requests_per_second=100, cpu_seconds=0.001, wait_seconds=0.099)) == 5
    assert found.copies(Load(requests_per_second=100, cpu_seconds=0.03, wait_seconds=0)) == 3


def test_app_runner_bills_memory_always_and_processors_with_requests():
    profile = invented.priced(app_runner(2))
    bill = {line.item: line for line in profile.lines}
    idle = profile.capacity.usage(Load(requests_per_second=0))
    assert bill["memory that is always there"].amount(idle) == pytest.approx(2 * 2 * 0.007 * 730)
    assert bill["processors while there are requests"].amount(idle) == 0
    # One request a minute keeps one instance awake; one a second keeps both.
    rare = profile.capacity.usage(Load(requests_per_second=1 / 60))
    often = profile.capacity.usage(Load(requests_per_second=1))
    assert bill["processors while there are requests"].amount(rare) == pytest.approx(0.064 * 730)
    assert bill["processors while there are requests"].amount(often) == pytest.approx(2 * 0.064 * 730)
