"""Three targets priced again by hand, with unit prices of their own.

The default usage: 10 requests/s all day, each with 5 ms of CPU and 10 ms of waiting, 1,000 bytes in, 2,000 out,
300 logged, one read and a tenth of a write. 730 hours x 3,600 s x 10 = 26.28 million requests a month.
"""

import re

import pytest

from pricing.estimate import estimate, monthly_usd
from pricing.usage import Usage

MILLIONS = 26.28
# An order and its key are two items of a transaction, which doubles them; two indexes. 1 GB is stored in the table, and
# in the index that projects all attributes, of which the first 25 are free; point-in-time recovery of the table.
TABLE = MILLIONS * 0.125 + MILLIONS * 0.1 * (4 + 2) * 0.625 + 0.20
DATA = TABLE + 0.40 + 10 * 0.08 * 0.10  # a secret, ten images of 80 MB
STORED = 1 + 0.15 * 0.03 / 0.50 * 30 / 30.4  # logs: ingestion 0.50 per GB, storage 0.03 per GB-month
LOGS = MILLIONS * 0.3 * 0.50 * STORED  # 300 bytes a request: 0.3 GB a million


def access_log(template) -> float:
    [format_] = [
        found["Properties"]["AccessLogSettings"]["Format"]
        for found in template["Resources"].values()
        if found["Type"] == "AWS::ApiGatewayV2::Stage"
    ]
    values = {"requestId": 16, "requestTime": 26, "identity.sourceIp": 14, "path": 20, "integrationErrorMessage": 1}
    line = re.sub(r"\$context\.([\w.]+)", lambda found: "x" * values.get(found[1], 4), format_)
    assert 250 < len(line) < 350
    return MILLIONS * len(line) / 1000 * 0.50 * STORED


def test_lambda(cost_models):
    # 512 MiB bring 512 / 1769 of a vCPU: 5 ms of CPU take 17.3 ms, and then 10 ms of waiting.
    seconds = 0.005 / (512 / 1769) + 0.010
    function = MILLIONS * 0.20 + MILLIONS * 1e6 * seconds * 0.5 * 0.0000166667
    assert monthly_usd(cost_models["lambda"], Usage()) == pytest.approx(function + LOGS + DATA, rel=1e-9)
    assert monthly_usd(cost_models["lambda"], Usage()) == pytest.approx(29.02, abs=0.01)


def test_fargate_behind_a_nat_gateway(cost_models, templates):
    # 10 x 5 ms = 0.05 vCPU; a task of 0.25 vCPU at 60 % supports 0.15, so the minimum of two is enough.
    tasks = 2 * 730 * (0.25 * 0.04048 + 0.5 * 0.004445)
    # 3,000 bytes x 10 x 3,600 are 0.108 GB an hour: 0.108 LCU; one new connection per second is 0.04 LCU.
    balancer = 730 * (0.0225 + 0.108 * 0.008)
    network = 730 * (0.045 + 0.005) + MILLIONS * (0.3 + 0.05 * 3) * 0.045
    # Each of 24 metrics has one series for the cluster, two for the service, two for each task; and 2 + 5 others.
    insights = (24 * (1 + 2 + 2 * 2) + 7) * 0.07
    alarms = (2 + 2) * 0.10  # error rate over two metrics, and two of scaling
    logs = LOGS + access_log(templates["OrdersOnEcsFargate"])
    expected = tasks + balancer + MILLIONS * 1.00 + network + insights + alarms + logs + DATA
    assert monthly_usd(cost_models["ecs-fargate"], Usage()) == pytest.approx(expected, rel=1e-9)


def test_ec2_instances(cost_models, templates):
    # Two t3.small with 20 GB of gp3 each and seven detailed metrics; at 7.5 % of two vCPUs one supports 0.15 vCPU, too.
    instances = 2 * (730 * 0.0208 + 20 * 0.08 + 7 * 0.30)
    balancer = 730 * (0.0225 + 0.108 * 0.008)
    network = 730 * (0.045 + 0.005) + MILLIONS * (0.3 + 0.05 * 3) * 0.045
    logs = LOGS + access_log(templates["OrdersOnEc2Podman"])
    expected = instances + balancer + MILLIONS * 1.00 + network + 4 * 0.10 + logs + DATA
    assert monthly_usd(cost_models["ec2-podman"], Usage()) == pytest.approx(expected, rel=1e-9)


def test_the_nat_gateway_is_the_largest_idle_cost_of_fargate(cost_models):
    line_items = {part.item: part.usd for part in estimate(cost_models["ecs-fargate"], Usage()).idle_line_items}
    assert line_items["NAT gateway"] == pytest.approx(32.85)
    assert max(line_items, key=line_items.__getitem__) == "NAT gateway"
