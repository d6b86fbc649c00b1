"""Larger replicas are priced from templates of their own, which are cached until the app changes."""

import itertools
import shutil

import pytest

from deployment.assembly import Assembly
from deployment.errors import ActionableError
from pricing import sizes
from pricing.estimate import monthly_usd
from pricing.sizes import LARGER_SIZES, ReplicaSize, default_size, larger_sizes
from pricing.usage import Usage
from tests.unit.pricing import samples


class Synth:
    """A synthesis that copies an assembly, with an asset in it, and records its calls."""

    def __init__(self, assembly):
        self.made, self.asked = assembly, []

    def __call__(self, output, context):
        self.asked.append(context["service"])
        shutil.copytree(self.made, output)
        (output / "asset.1.zip").write_bytes(b"large")
        return Assembly.load(output)


@pytest.fixture
def synth(monkeypatch, tmp_path_factory):
    made = samples.assembly(tmp_path_factory.mktemp("made"), {"OnTasks": samples.fargate()}, {"tasks": "OnTasks"})
    found = Synth(made)
    monkeypatch.setattr(sizes, "synth", found)
    return found


def test_each_size_is_synthesised_once(synth, tmp_path):
    first = larger_sizes(tmp_path / "sizes")
    assert [(size.vcpus, size.memory_mib) for size in first] == [(0.5, 1024), (1, 2048), (2, 4096)]
    assert sorted(asked["cpu"] for asked in synth.asked) == [cpu for cpu, _ in LARGER_SIZES]
    assert larger_sizes(tmp_path / "sizes") == first
    assert len(synth.asked) == len(LARGER_SIZES)


def test_a_changed_app_is_synthesised_again_and_replaces_the_cache(synth, tmp_path, monkeypatch):
    larger_sizes(tmp_path)
    monkeypatch.setattr(sizes, "_SOURCES", ("cdk.json",))
    larger_sizes(tmp_path)
    assert len(synth.asked) == 2 * len(LARGER_SIZES)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_failed_synthesis_leaves_no_files(synth, tmp_path, monkeypatch):
    def fails(output, context):
        synth(output, context)
        raise ActionableError("the app does not synthesise", "why")

    monkeypatch.setattr(sizes, "synth", fails)
    with pytest.raises(ActionableError):
        larger_sizes(tmp_path)
    assert not list(tmp_path.glob("*/*"))


def test_assets_are_not_cached(synth, tmp_path):
    larger_sizes(tmp_path)
    assert synth.asked
    assert not list(tmp_path.rglob("*.zip"))


def test_a_size_has_a_name():
    assert ReplicaSize(vcpus=0.25, memory_mib=512, cost_models=()).name == "0.25 vCPU, 512 MiB"


def test_the_default_size_is_that_of_most_targets(cost_models):
    own = default_size(tuple(cost_models.values()))
    assert (own.vcpus, own.memory_mib) == (0.25, 512)


def test_a_larger_replica_never_costs_less(facts_sizes):
    for smaller, larger in itertools.pairwise(facts_sizes):
        before = {one.target: monthly_usd(one, Usage()) for one in smaller.cost_models}
        after = {one.target: monthly_usd(one, Usage()) for one in larger.cost_models}
        assert before.keys() == after.keys()
        assert all(after[target] >= before[target] for target in before)
        assert sum(after.values()) > sum(before.values())


@pytest.fixture
def facts_sizes(cost_models, sizes):
    return (default_size(tuple(cost_models.values())), *sizes)
