"""Price rules that need more of a template than their own resource."""

import json

import pytest

from deployment.errors import ActionableError
from pricing.cost_model import cost_model
from pricing.estimate import estimate
from pricing.packing import ResourceRequest
from pricing.rules.cloudwatch import access_log_bytes
from pricing.rules.eks import fargate_size
from pricing.usage import Usage
from tests.unit.pricing import samples
from tests.unit.pricing.samples import resource


def monthly(own, shared=None):
    priced = samples.priced(own, shared)
    metrics = priced.capacity.usage_metrics(Usage(requests_per_second=0))
    return {charge.item: charge.usd(metrics) for charge in priced.charges}


def test_instances_of_auto_mode_run_the_pods_and_the_add_ons():
    priced = samples.priced({"Release": samples.release()}, samples.cluster("coredns", "metrics-server"))
    packing = priced.capacity.packing
    # c6a.large: 1.9 of 2 vCPUs and 3,328 of 4,096 MiB can be had. The add-ons take 0.2 and 270 of each of two, which
    # leaves room for five copies by memory; an empty one holds six.
    assert packing.instance_type == "c6a.large"
    assert [packing.instances(replicas) for replicas in (0, 2, 10, 11, 16, 17)] == [2, 2, 2, 3, 3, 4]
    metrics = priced.capacity.usage_metrics(Usage(requests_per_second=0))
    amounts = {charge.item: charge.usd(metrics) for charge in priced.charges}
    assert amounts["instances, c6a.large"] == pytest.approx(2 * 730 * 0.0765)
    assert amounts["Auto Mode fee"] == pytest.approx(2 * 730 * 0.0765 * 0.12)
    assert amounts["cluster"] == pytest.approx(73)


def test_a_replica_is_not_split_over_two_instances():
    # 1.1 of 1.9 vCPUs: one on each, however much is left.
    priced = samples.priced({"Release": samples.release(cpu="1100m")}, samples.cluster())
    packing = priced.capacity.packing
    assert packing.instances(10) == 10


def test_arm64_pods_get_arm64_instances():
    priced = samples.priced({"Release": samples.release(arch="arm64")}, samples.cluster())
    assert priced.capacity.packing.instance_type == "c6g.large"


def test_with_pods_on_fargate_the_instances_run_the_add_ons_only():
    own = {
        "Release": samples.release(),
        "Fargate": resource("AWS::EKS::FargateProfile", Selectors=[{"Namespace": "orders"}]),
    }
    priced = samples.priced(own, samples.cluster("coredns", "metrics-server"))
    assert priced.capacity.packing.instances(10) == priced.capacity.packing.instances(0) == 2
    metrics = priced.capacity.usage_metrics(Usage(requests_per_second=0))
    amounts = {charge.item: charge.usd(metrics) for charge in priced.charges}
    # 512 MiB and 256 for Kubernetes are 0.75 GiB: Fargate sells 1.
    assert amounts["memory of pods"] == pytest.approx(2 * 730 * 1 * 0.004445)
    assert amounts["vCPUs of pods"] == pytest.approx(2 * 730 * 0.25 * 0.04048)


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
def test_fargate_rounds_pod_sizes_up(vcpus, mib, size):
    assert fargate_size(ResourceRequest(vcpus=vcpus, memory_mib=mib)) == size


def test_a_pod_above_the_largest_fargate_size_is_an_error():
    with pytest.raises(ActionableError, match="Fargate has no size for a pod"):
        fargate_size(ResourceRequest(vcpus=17, memory_mib=512))


def test_an_unknown_add_on_is_an_error():
    with pytest.raises(ActionableError, match="add-on gpu"):
        samples.priced({"Release": samples.release()}, samples.cluster("gpu"))


def test_managed_instances_are_priced_per_zone_with_a_fee():
    own = samples.fargate()
    own["Service"] = resource(
        "AWS::ECS::Service",
        TaskDefinition={"Ref": "Task"},
        CapacityProviderStrategy=[{"CapacityProvider": {"Ref": "Provider"}}],
    )
    launch = {"NetworkConfiguration": {"Subnets": ["one", "two"]}, "StorageConfiguration": {"StorageSizeGiB": 30}}
    own["Provider"] = resource(
        "AWS::ECS::CapacityProvider", ManagedInstancesProvider={"InstanceLaunchTemplate": launch}
    )
    found = monthly(own)
    assert found["instances, c6a.large"] == pytest.approx(2 * 730 * 0.0765)
    assert found["management fee"] == pytest.approx(2 * 730 * 0.0765 * 0.12)
    assert found["volumes of the instances"] == pytest.approx(2 * 30 * 0.08)
    assert "vCPUs of tasks" not in found


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
    priced = samples.priced(beanstalk())
    assert (priced.capacity.vcpus, priced.capacity.target_cpu_percent, priced.capacity.max_replicas) == (2, 8, 10)
    found = monthly(beanstalk())
    assert found["instances, t3.micro"] == pytest.approx(2 * 730 * 0.0104)
    assert "load balancer" not in found


def test_beanstalk_without_a_shared_load_balancer_pays_for_its_own():
    assert monthly(beanstalk(**{"aws:elasticbeanstalk:environment LoadBalancerIsShared": "false"}))["load balancer"]


def test_a_burstable_instance_above_its_baseline_has_a_note():
    [note] = samples.priced(beanstalk(**{"aws:autoscaling:trigger UpperThreshold": "60"})).notes
    assert "t3.micro is charged for CPU credits above 10 % utilization" in note


def test_an_alarm_over_an_expression_counts_its_metrics():
    queries = [{"Expression": "a / b"}, {"MetricStat": {}}, {"MetricStat": {}}]
    own = {"Function": samples.function(), "Alarm": resource("AWS::CloudWatch::Alarm", Metrics=queries)}
    assert monthly(own)["alarm"] == pytest.approx(0.20)


def test_a_dashboard_costs_its_custom_metrics_once_and_none_of_aws():
    rows = [
        ["Orders", "OpenOrders", "Workflow", "w", {"label": "open"}],
        ["Orders", "OpenOrders", "Workflow", "w", {"stat": "Sum"}],
        ["Orders", "OpenOrders", "Workflow", "w", "Status", "PLACED"],
        ["AWS/SQS", "NumberOfMessagesSent", "QueueName", "q"],
        [{"expression": "a / b"}],
    ]
    text = json.dumps({"widgets": [{"properties": {"markdown": "# Orders"}}, {"properties": {"metrics": rows}}]})
    first, *rest = text.split('"w"')
    body = {"Fn::Join": ["", [first, *(piece for part in rest for piece in ('"', {"Ref": "W"}, f'"{part}'))]]}
    own = {"Function": samples.function(), "Dashboard": resource("AWS::CloudWatch::Dashboard", DashboardBody=body)}
    found = monthly(own)
    assert (found["dashboard"], found["custom metrics"]) == (3, pytest.approx(2 * 0.30))


def test_a_schedule_costs_the_runs_of_its_function():
    targets = [{"Arn": {"Ref": "Alias"}}]
    shared = {
        "Reconciler": resource("AWS::Lambda::Function", MemorySize=512, Architectures=["arm64"]),
        "Version": resource("AWS::Lambda::Version", FunctionName={"Ref": "Reconciler"}),
        "Alias": resource("AWS::Lambda::Alias", FunctionName={"Fn::GetAtt": ["Version", "FunctionName"]}),
        "Every": resource("AWS::Events::Rule", ScheduleExpression="rate(5 minutes)", Targets=targets),
        "OnEvent": resource("AWS::Events::Rule", EventPattern={}, Targets=targets),
    }
    found = monthly({"Function": samples.function()}, shared)
    assert found["scheduled requests"] == pytest.approx(8760 * 0.20 / 1e6)
    assert found["scheduled duration"] == pytest.approx(8760 * 0.5 * 0.5 * 0.0000133334)


def test_gateway_endpoints_are_free_and_interfaces_are_not():
    own = {"Function": samples.function(), "Gateway": resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Gateway")}
    assert "interface endpoint" not in monthly(own)
    own["Interface"] = resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=["one", "two"])
    assert monthly(own)["interface endpoint"] == pytest.approx(2 * 7.30)


def test_only_targets_behind_a_nat_gateway_pay_for_it(cost_models):
    items = {target: {charge.item for charge in found.charges} for target, found in cost_models.items()}
    assert {"NAT gateway", "data through the NAT gateway"} <= items["ecs-fargate"]
    assert {"NAT gateway", "data through the NAT gateway"}.isdisjoint(items["ecs-express"] | items["lambda"])


def test_logs_of_pods_do_not_pass_the_nat_gateway():
    network = {"Gateway": resource("AWS::EC2::NatGateway")}
    pods = samples.target({"Release": samples.release()}, {**network, **samples.cluster()})
    tasks = samples.fargate()
    tasks["Log"] = resource("AWS::Logs::LogGroup")
    tasks["Task"]["Properties"]["ContainerDefinitions"][0]["Log"] = {"Ref": "Log"}
    on_fargate = samples.target(tasks, network)
    through = "data through the NAT gateway"
    assert through not in {charge.item for charge in cost_model(pods, samples.PRICES).charges}
    assert through in {charge.item for charge in cost_model(on_fargate, samples.PRICES).charges}


def test_resources_of_other_stacks_are_shared_and_count_in_full(cost_models):
    gateways = [charge for charge in cost_models["ecs-fargate"].charges if charge.item == "NAT gateway"]
    assert [(charge.stack, charge.shared, charge.quantity) for charge in gateways] == [("OrdersNetwork", True, 1)]


def test_a_configuration_that_no_rule_knows_is_an_error():
    own = {"Function": samples.function(), "Table": resource("AWS::DynamoDB::Table", BillingMode="PROVISIONED")}
    with pytest.raises(ActionableError, match=r"Own/Table \(AWS::DynamoDB::Table\) cannot be priced"):
        samples.priced(own)


def test_container_insights_without_enhanced_observability_is_an_error():
    settings = [{"Name": "containerInsights", "Value": "enabled"}]
    own = {**samples.fargate(), "Cluster": resource("AWS::ECS::Cluster", ClusterSettings=settings)}
    own["Service"]["Properties"]["Cluster"] = {"Ref": "Cluster"}
    with pytest.raises(ActionableError, match="without enhanced observability"):
        samples.priced(own)


def test_an_instance_type_without_a_price_is_an_error():
    with pytest.raises(ActionableError, match=r"unknown price 'ec2-x9\.huge-hour'"):
        samples.priced(beanstalk(**{"aws:ec2:instances InstanceTypes": "x9.huge"}))


def test_a_target_without_a_workload_is_an_error():
    with pytest.raises(ActionableError, match="the resource that runs the replicas of invented is unknown"):
        samples.priced({"Group": resource("AWS::Logs::LogGroup")})


@pytest.mark.parametrize("zones", [2, 3])
def test_the_load_balancer_of_express_mode_has_a_public_address_per_zone(zones):
    express = resource(
        "AWS::ECS::ExpressGatewayService",
        TaskDefinitionArn={"Ref": "Task"},
        NetworkConfiguration={"Subnets": [f"subnet-{zone}" for zone in range(zones)]},
        ScalingTarget={"MinTaskCount": 2, "MaxTaskCount": 10, "AutoScalingTargetValue": 60},
    )
    amounts = monthly({"Task": samples.fargate()["Task"], "Service": express})
    assert amounts["public addresses of the load balancer"] == pytest.approx(zones * 730 * 0.005)
    assert amounts["public address of each task"] == pytest.approx(2 * 730 * 0.005)


def provisioned(count, memory=512, architecture="x86_64"):
    """A function with an alias that keeps environments initialized."""
    version = resource("AWS::Lambda::Version", FunctionName={"Ref": "Function"})
    alias = resource(
        "AWS::Lambda::Alias",
        FunctionName={"Ref": "Function"},
        FunctionVersion={"Fn::GetAtt": ["Version", "Version"]},
        ProvisionedConcurrencyConfig={"ProvisionedConcurrentExecutions": count},
    )
    function = samples.function(memory, Architectures=[architecture])
    return samples.priced({"Function": function, "Version": version, "Alias": alias})


def amounts_of(priced, **usage):
    metrics = priced.capacity.usage_metrics(Usage(**usage))
    return {charge.item: charge.usd(metrics) for charge in priced.charges}


@pytest.mark.parametrize(("architecture", "usd"), [("x86_64", 0.0000041667), ("arm64", 0.0000033334)])
def test_provisioned_concurrency_is_billed_without_requests(architecture, usd):
    idle = amounts_of(provisioned(3, architecture=architecture), requests_per_second=0)
    assert idle["provisioned concurrency"] == pytest.approx(3 * 0.5 * 730 * 3600 * usd)
    assert idle["duration"] == idle["duration with provisioned concurrency"] == 0


def test_requests_in_provisioned_environments_have_another_price():
    # 1769 MiB are one vCPU: each request takes 5 ms and 95 ms of waiting, 20 a second are two at a time.
    usage = {"requests_per_second": 20, "cpu_seconds": 0.005, "wait_seconds": 0.095}
    gib_seconds = 20 * 730 * 3600 * 0.1 * 1769 / 1024
    within = amounts_of(provisioned(2, memory=1769), **usage)
    assert within["duration with provisioned concurrency"] == pytest.approx(gib_seconds * 0.0000097222)
    assert within["duration"] == pytest.approx(0, abs=1e-6)
    beyond = amounts_of(provisioned(1, memory=1769), **usage)
    assert beyond["duration with provisioned concurrency"] == pytest.approx(gib_seconds / 2 * 0.0000097222)
    assert beyond["duration"] == pytest.approx(gib_seconds / 2 * 0.0000166667)


def test_an_alias_without_provisioned_concurrency_is_free():
    own = {"Function": samples.function(), "Alias": resource("AWS::Lambda::Alias", FunctionName={"Ref": "Function"})}
    assert set(monthly(own)) == {"requests", "duration"}


def test_spot_tasks_are_charged_like_those_on_demand_and_a_note_says_so():
    own = samples.fargate()
    on_demand = samples.priced(own)
    assert not on_demand.notes
    del own["Service"]["Properties"]["LaunchType"]
    own["Service"]["Properties"]["CapacityProviderStrategy"] = [
        {"CapacityProvider": "FARGATE", "Base": 2, "Weight": 0},
        {"CapacityProvider": "FARGATE_SPOT", "Weight": 1},
    ]
    on_spot = samples.priced(own)
    assert on_spot.charges == on_demand.charges
    [note] = on_spot.notes
    assert "the AWS price list does not have it" in note


def test_requests_behind_a_web_acl_are_priced_and_a_note_names_what_is_not():
    association = resource("AWS::WAFv2::WebACLAssociation", WebACLArn="arn", ResourceArn="arn")
    priced = samples.priced({"Function": samples.function(), "WebAcl": association})
    amounts = amounts_of(priced, requests_per_second=1)
    assert amounts["requests that the web ACL inspects"] == pytest.approx(730 * 3600 / 1e6 * 0.60)
    assert any("web ACL that is not part of the app" in note for note in priced.notes)
    assert not priced.unpriced


def test_a_web_acl_of_the_app_is_priced_with_its_rules():
    acl = resource("AWS::WAFv2::WebACL", Scope="REGIONAL", Rules=[{"Name": "one"}, {"Name": "two"}])
    found = monthly({"Function": samples.function()}, {"Acl": acl})
    assert (found["web ACL"], found["rules of the web ACL"]) == (5, 2)
    assert monthly({"Function": samples.function()}, {"Acl": resource("AWS::WAFv2::WebACL")})["web ACL"] == 5


def test_a_line_of_an_access_log_has_the_length_of_its_values():
    assert access_log_bytes("{id: $context.requestId, ip: $context.identity.sourceIp, s: $context.status}") == 17 + 34
    assert access_log_bytes("plain") == 5


@pytest.mark.parametrize(("units", "usd"), [(1, 0.625), (2, 1.25), (4, 2.5)])
def test_a_transaction_doubles_the_write_units_of_the_table_and_not_of_an_index(units, usd):
    index = {"Projection": {"ProjectionType": "KEYS_ONLY"}}
    table = resource("AWS::DynamoDB::Table", BillingMode="PAY_PER_REQUEST", GlobalSecondaryIndexes=[index])
    model = samples.priced({"Function": samples.function(), "Table": table})
    usage = Usage(table_writes=1, write_units=units)
    parts = {part.item: part.usd for part in estimate(model, usage).line_items}
    assert parts["table writes"] == pytest.approx(usage.requests / 1e6 * usd)
    assert parts["index writes"] == pytest.approx(usage.requests / 1e6 * 0.625)


@pytest.mark.parametrize(
    "variable", [{"Name": "OTEL_TRACES_SAMPLER_ARG", "Value": "0.05"}, {"Name": "OTHER", "Value": "0.05"}]
)
def test_spans_go_through_the_nat_gateway(variable):
    own = samples.fargate()
    own["Task"]["Properties"]["ContainerDefinitions"][0]["Environment"] = [variable]
    model = samples.priced(own, {"Nat": resource("AWS::EC2::NatGateway")})
    parts = {part.item: part.usd for part in estimate(model, Usage()).line_items}
    expected = 26.28 * 3 * 0.05 * 0.045 if variable["Name"] != "OTHER" else 0
    assert parts.get("spans through the NAT gateway", 0) == pytest.approx(expected)
