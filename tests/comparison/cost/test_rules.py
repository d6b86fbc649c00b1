"""Rules that need more of a template than its own resource."""

import pytest

from deployment.errors import ActionableError
from pricing.load import Load
from pricing.packing import Pods
from pricing.profile import profile
from pricing.rules.kubernetes import fargate_size
from tests.comparison.cost import invented
from tests.comparison.cost.invented import resource


def bill(own, shared=None):
    priced = invented.priced(own, shared)
    usage = priced.capacity.usage(Load(requests_per_second=0))
    return {line.item: line.amount(usage) for line in priced.lines}


def test_auto_modes_instances_hold_the_pods_and_those_of_the_add_ons():
    priced = invented.priced({"Release": invented.release()}, invented.cluster("coredns", "metrics-server"))
    packing = priced.capacity.packing
    # c6a.large: 1.9 of 2 vCPUs and 3,328 of 4,096 MiB can be had. The add-ons take 0.2 and 270 of each of two, which
    # leaves room for five copies by memory; an empty one holds six.
    assert packing.machine == "c6a.large"
    assert [packing.machines(copies) for copies in (0, 2, 10, 11, 16, 17)] == [2, 2, 2, 3, 3, 4]
    usage = priced.capacity.usage(Load(requests_per_second=0))
    amounts = {line.item: line.amount(usage) for line in priced.lines}
    assert amounts["instances, c6a.large"] == pytest.approx(2 * 730 * 0.0765)
    assert amounts["Auto Mode's fee for them"] == pytest.approx(2 * 730 * 0.0765 * 0.12)
    assert amounts["cluster"] == pytest.approx(73)


def test_one_copy_does_not_lie_on_two_machines():
    # 1.1 of 1.9 vCPUs: one on each, however much is left.
    priced = invented.priced({"Release": invented.release(cpu="1100m")}, invented.cluster())
    packing = priced.capacity.packing
    assert packing.machines(10) == 10


def test_arm64_pods_get_arm64_instances():
    priced = invented.priced({"Release": invented.release(arch="arm64")}, invented.cluster())
    assert priced.capacity.packing.machine == "c6g.large"


def test_pods_on_fargate_leave_the_instances_to_the_add_ons():
    own = {
        "Release": invented.release(),
        "Fargate": resource("AWS::EKS::FargateProfile", Selectors=[{"Namespace": "orders"}]),
    }
    priced = invented.priced(own, invented.cluster("coredns", "metrics-server"))
    assert priced.capacity.packing.machines(10) == priced.capacity.packing.machines(0) == 2
    usage = priced.capacity.usage(Load(requests_per_second=0))
    amounts = {line.item: line.amount(usage) for line in priced.lines}
    # 512 MiB and 256 for Kubernetes are 0.75 GiB: Fargate sells 1.
    assert amounts["pods, memory"] == pytest.approx(2 * 730 * 1 * 0.004445)
    assert amounts["pods, processors"] == pytest.approx(2 * 730 * 0.25 * 0.04048)


@pytest.mark.parametrize(
    ("vcpus", "mib", "size"),
    [
        (0.25, 256, (0.25, 0.5)),
        (0.25, 257, (0.25, 1)),
        (0.25, 1792, (0.25, 2)),
        (0.25, 1793, (0.5, 3)),
        (0.3, 128, (0.5, 1)),
        (1, 1792, (1, 2)),
        (16, 122_624, (16, 120)),
    ],
)
def test_fargate_rounds_pods_up(vcpus, mib, size):
    assert fargate_size(Pods(count=1, vcpus=vcpus, memory_mib=mib)) == size


def test_fargate_runs_no_pod_above_its_largest():
    with pytest.raises(ActionableError, match="Fargate runs no pod"):
        fargate_size(Pods(count=1, vcpus=17, memory_mib=512))


def test_an_add_on_that_nobody_knows_is_an_error_and_not_free():
    with pytest.raises(ActionableError, match="add-on gpu"):
        invented.priced({"Release": invented.release()}, invented.cluster("gpu"))


def test_managed_instances_are_whole_ones_in_each_zone_with_a_fee():
    own = invented.fargate()
    own["Service"] = resource(
        "AWS::ECS::Service",
        TaskDefinition={"Ref": "Task"},
        CapacityProviderStrategy=[{"CapacityProvider": {"Ref": "Provider"}}],
    )
    launch = {"NetworkConfiguration": {"Subnets": ["one", "two"]}, "StorageConfiguration": {"StorageSizeGiB": 30}}
    own["Provider"] = resource(
        "AWS::ECS::CapacityProvider", ManagedInstancesProvider={"InstanceLaunchTemplate": launch}
    )
    found = bill(own)
    assert found["instances, c6a.large"] == pytest.approx(2 * 730 * 0.0765)
    assert found["fee for managing them"] == pytest.approx(2 * 730 * 0.0765 * 0.12)
    assert found["disks of the instances"] == pytest.approx(2 * 30 * 0.08)
    assert "tasks, processors" not in found


def beanstalk(**more):
    options = {
        "aws:autoscaling:asg MinSize": "2",
        "aws:autoscaling:asg MaxSize": "10",
        "aws:autoscaling:trigger UpperThreshold": "8",
        "aws:ec2:instances InstanceTypes": "t3.micro,t3.small",
        "aws:elasticbeanstalk:environment LoadBalancerIsShared": "true",
        **more,
    }
    settings = [
        {"Namespace": key.split()[0], "OptionName": key.split()[1], "Value": value} for key, value in options.items()
    ]
    return {"Environment": resource("AWS::ElasticBeanstalk::Environment", OptionSettings=settings)}


def test_beanstalk_is_billed_by_its_first_instance_type():
    priced = invented.priced(beanstalk())
    assert (priced.capacity.vcpus, priced.capacity.target_percent, priced.capacity.max_copies) == (2, 8, 10)
    found = bill(beanstalk())
    assert found["instances, t3.micro"] == pytest.approx(2 * 730 * 0.0104)
    assert "load balancer" not in found


def test_beanstalk_without_a_shared_load_balancer_pays_for_its_own():
    assert bill(beanstalk(**{"aws:elasticbeanstalk:environment LoadBalancerIsShared": "false"}))["load balancer"]


def test_a_burstable_instance_above_its_baseline_says_that_it_costs_more():
    [note] = invented.priced(beanstalk(**{"aws:autoscaling:trigger UpperThreshold": "60"})).notes
    assert "t3.micro is charged for more above 10 % load" in note


def test_an_alarm_over_an_expression_counts_its_metrics():
    queries = [{"Expression": "a / b"}, {"MetricStat": {}}, {"MetricStat": {}}]
    own = {"Function": invented.function(), "Alarm": resource("AWS::CloudWatch::Alarm", Metrics=queries)}
    assert bill(own)["alarm"] == pytest.approx(0.20)


def test_gateway_endpoints_are_free_and_interfaces_are_not():
    own = {"Function": invented.function(), "Gateway": resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Gateway")}
    assert "interface endpoint" not in bill(own)
    own["Interface"] = resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=["one", "two"])
    assert bill(own)["interface endpoint"] == pytest.approx(2 * 7.30)


def test_only_what_stands_behind_a_nat_gateway_pays_for_one(profiles):
    items = {target: {line.item for line in found.lines} for target, found in profiles.items()}
    assert {"NAT gateway", "data through the NAT gateway"} <= items["ecs-fargate"]
    assert {"NAT gateway", "data through the NAT gateway"}.isdisjoint(items["ecs-express"] | items["lambda"])


def test_pods_keep_their_logs_and_send_nothing_through_the_nat_gateway():
    network = {"Gateway": resource("AWS::EC2::NatGateway")}
    pods = invented.deployment({"Release": invented.release()}, {**network, **invented.cluster()})
    tasks = invented.fargate()
    tasks["Log"] = resource("AWS::Logs::LogGroup")
    tasks["Task"]["Properties"]["ContainerDefinitions"][0]["Log"] = {"Ref": "Log"}
    on_fargate = invented.deployment(tasks, network)
    through = "data through the NAT gateway"
    assert through not in {line.item for line in profile(pods, invented.PRICES).lines}
    assert through in {line.item for line in profile(on_fargate, invented.PRICES).lines}


def test_what_stands_in_another_stack_is_shared_and_billed_whole(profiles):
    gateways = [line for line in profiles["ecs-fargate"].lines if line.item == "NAT gateway"]
    assert [(line.stack, line.shared, line.factor) for line in gateways] == [("OrdersNetwork", True, 1)]


def test_a_resource_in_a_form_that_its_rule_does_not_know_is_an_error():
    own = {"Function": invented.function(), "Table": resource("AWS::DynamoDB::Table", BillingMode="PROVISIONED")}
    with pytest.raises(ActionableError, match=r"Own/Table \(AWS::DynamoDB::Table\) cannot be priced"):
        invented.priced(own)


def test_older_container_insights_are_an_error_and_not_free():
    settings = [{"Name": "containerInsights", "Value": "enabled"}]
    own = {**invented.fargate(), "Cluster": resource("AWS::ECS::Cluster", ClusterSettings=settings)}
    own["Service"]["Properties"]["Cluster"] = {"Ref": "Cluster"}
    with pytest.raises(ActionableError, match="without enhanced observability"):
        invented.priced(own)


def test_an_instance_type_without_a_price_is_an_error_and_not_free():
    with pytest.raises(ActionableError, match=r"no price is called 'ec2-x9\.huge-hour'"):
        invented.priced(beanstalk(**{"aws:ec2:instances InstanceTypes": "x9.huge"}))


def test_a_target_that_nothing_runs_is_an_error():
    with pytest.raises(ActionableError, match="nobody knows what runs the copies of invented"):
        invented.priced({"Group": resource("AWS::Logs::LogGroup")})


@pytest.mark.parametrize("zones", [2, 3])
def test_express_modes_load_balancer_has_a_public_address_in_each_zone(zones):
    express = resource(
        "AWS::ECS::ExpressGatewayService",
        TaskDefinitionArn={"Ref": "Task"},
        NetworkConfiguration={"Subnets": [f"subnet-{zone}" for zone in range(zones)]},
        ScalingTarget={"MinTaskCount": 2, "MaxTaskCount": 10, "AutoScalingTargetValue": 60},
    )
    amounts = bill({"Task": invented.fargate()["Task"], "Service": express})
    assert amounts["load balancer's public addresses"] == pytest.approx(zones * 730 * 0.005)
    assert amounts["public address of each task"] == pytest.approx(2 * 730 * 0.005)
