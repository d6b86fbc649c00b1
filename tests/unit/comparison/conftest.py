"""The facts of the app, with an example run that has every outcome."""

from dataclasses import replace
from typing import Any

import pytest

from comparison import page
from comparison.facts import Facts, gather
from deployment.assembly import Assembly
from deployment.results import Results
from pricing.sizes import LARGER_SIZES, ReplicaSize, priced_size
from tests import example_results
from tests.conftest import Synthesised


def example_run(assembly: Assembly) -> Results:
    """A run of all targets except the last three: one failed, one was not run, one is not in the results."""
    *known, failed, not_run, _ = assembly.targets.values()
    passed = {
        target.id: replace(
            example_results.passed(),
            stack=target.stack,
            construct=target.construct,
            p50_ms=3.3 + place,
            deploy_s=9.1 + place,
        )
        for place, target in enumerate(known)
    }
    ended = {failed.id: example_results.failed(), not_run.id: example_results.not_run()}
    return replace(
        example_results.results(),
        host="2 × Some CPU, 4 GiB, Debian 12, x86_64",
        image_mib=149.6,
        image_pull_mib=52.3,
        targets=passed | ended,
    )


@pytest.fixture(scope="session")
def assembly(synthesised: Synthesised) -> Assembly:
    return Assembly.load(synthesised.directory)


@pytest.fixture(scope="session")
def sizes(variant: Any) -> tuple[ReplicaSize, ...]:
    """The larger sizes, synthesised in this process."""
    fields = [{"cpu": cpu, "memory_mib": memory_mib} for cpu, memory_mib in LARGER_SIZES]
    assemblies = [Assembly.load(variant(context={"service": each}).directory) for each in fields]
    return tuple(priced_size(found, *size) for found, size in zip(assemblies, LARGER_SIZES, strict=True))


@pytest.fixture(scope="session")
def facts(assembly: Assembly, sizes: tuple[ReplicaSize, ...]) -> Facts:
    return gather(assembly, example_run(assembly), larger=sizes)


@pytest.fixture(scope="session")
def html(facts: Facts) -> str:
    return page.render(facts)
