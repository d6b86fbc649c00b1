"""The whole run with Podman."""

import shutil

import pytest

from deployment.assembly import Assembly
from local_aws.emulator.services import EXECUTORS
from tests.integration.end_to_end import LocalRun, assert_everything_passed, assert_nothing_left

pytestmark = [pytest.mark.local_run, pytest.mark.container("podman")]


def test_everything_passes_and_nothing_is_left(tmp_path):
    local = LocalRun(tmp_path)
    ended = local.run("run", "--engine", "podman", "--requests", "20")
    found = local.results()

    assert_everything_passed(ended, found, set(Assembly.load(tmp_path / "cdk.out").targets))
    assert {target.executed_by.split()[0] for target in found.targets.values()} == {"podman"}
    started = {
        "ec2-podman": "started by Podman's Quadlet generator",
        "eks-auto": "started by podman kube play",
        "eks-fargate": "started by podman kube play",
        "beanstalk": "started by docker"
        if shutil.which("docker-compose")
        else EXECUTORS["AWS::ElasticBeanstalk::Environment"][0],
    }
    for name, tool in started.items():
        target = found.targets[name]
        assert f"; {tool}" in target.executed_by
        assert {(one.user, one.read_only, one.cpus, one.memory_mib_limit) for one in target.containers} == {
            ("10001:10001", True, 0.25, 512)
        }
    assert_nothing_left(local)
