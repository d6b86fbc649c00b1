"""Larger copies are priced from templates of their own, which are kept while the app stays as it is."""

import itertools
import shutil

import pytest

from deployment.assembly import Assembly
from deployment.errors import ActionableError
from pricing import sizes
from pricing.estimate import monthly
from pricing.load import Load
from pricing.sizes import LARGER, Size, larger_sizes, own_size
from tests.comparison.cost import invented


class Synth:
    """Stands for the synthesis: writes what it is asked for, with a bundle beside it."""

    def __init__(self, assembly):
        self.made, self.asked = assembly, []

    def __call__(self, settings, context):
        self.asked.append(context["service"])
        shutil.copytree(self.made, settings.assembly)
        (settings.assembly / "asset.1.zip").write_bytes(b"large")
        return Assembly.load(settings.assembly)


@pytest.fixture
def synth(monkeypatch, tmp_path_factory):
    made = invented.assembly(tmp_path_factory.mktemp("made"), {"OnTasks": invented.fargate()}, {"tasks": "OnTasks"})
    found = Synth(made)
    monkeypatch.setattr(sizes, "synth", found)
    return found


def test_each_size_is_synthesised_once(synth, tmp_path):
    first = larger_sizes(tmp_path / "sizes")
    assert [(size.vcpus, size.memory_mib) for size in first] == [(0.5, 1024), (1, 2048), (2, 4096)]
    assert sorted(asked["cpu"] for asked in synth.asked) == [cpu for cpu, _ in LARGER]
    assert larger_sizes(tmp_path / "sizes") == first
    assert len(synth.asked) == len(LARGER)


def test_another_app_is_synthesised_anew_and_the_old_one_is_forgotten(synth, tmp_path, monkeypatch):
    larger_sizes(tmp_path)
    monkeypatch.setattr(sizes, "_SOURCES", ("cdk.json",))
    larger_sizes(tmp_path)
    assert len(synth.asked) == 2 * len(LARGER)
    assert len(list(tmp_path.iterdir())) == 1


def test_one_that_fails_leaves_nothing(synth, tmp_path, monkeypatch):
    def fails(settings, context):
        synth(settings, context)
        raise ActionableError("the app does not synthesise", "why")

    monkeypatch.setattr(sizes, "synth", fails)
    with pytest.raises(ActionableError):
        larger_sizes(tmp_path)
    assert not list(tmp_path.glob("*/*"))


def test_bundles_are_not_kept(synth, tmp_path):
    larger_sizes(tmp_path)
    assert synth.asked
    assert not list(tmp_path.rglob("*.zip"))


def test_a_size_says_what_it_is():
    assert Size(vcpus=0.25, memory_mib=512, profiles=()).name == "0.25 vCPU, 512 MiB"


def test_the_apps_own_size_is_what_most_targets_have(profiles):
    own = own_size(tuple(profiles.values()))
    assert (own.vcpus, own.memory_mib) == (0.25, 512)


def test_a_larger_copy_never_costs_less(facts_sizes):
    for smaller, larger in itertools.pairwise(facts_sizes):
        before = {one.target: monthly(one, Load()) for one in smaller.profiles}
        after = {one.target: monthly(one, Load()) for one in larger.profiles}
        assert before.keys() == after.keys()
        assert all(after[target] >= before[target] for target in before)
        assert sum(after.values()) > sum(before.values())


@pytest.fixture
def facts_sizes(profiles, sizes):
    return (own_size(tuple(profiles.values())), *sizes)
