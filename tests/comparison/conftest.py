"""The facts of the app as it is, with an invented run: figures that no test may depend on, and every outcome."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from comparison import page
from comparison.facts import Facts, gather
from deployment.assembly import Assembly
from deployment.results import Results
from pricing.sizes import LARGER_SIZES, ReplicaSize, priced_size
from tests import browsers
from tests.conftest import Synthesised
from tests.local_aws import invented


def invented_run(assembly: Assembly) -> Results:
    """A run of every target of the assembly but the last three: one failed, one was not run, one was in no run."""
    *known, failed, not_run, _ = assembly.targets.values()
    answered = {
        target.id: replace(
            invented.answered(),
            stack=target.stack,
            construct=target.construct,
            p50_ms=3.3 + place,
            deploy_s=9.1 + place,
        )
        for place, target in enumerate(known)
    }
    ended = {failed.id: invented.failed(), not_run.id: invented.not_run()}
    return replace(
        invented.results(),
        machine="2 × Some CPU, 4 GiB, Debian 12, x86_64",
        image_mib=149.6,
        image_pull_mib=52.3,
        targets=answered | ended,
    )


@pytest.fixture(scope="session")
def assembly(synthesised: Synthesised) -> Assembly:
    return Assembly.load(synthesised.directory)


@pytest.fixture(scope="session")
def sizes(variant: Any) -> tuple[ReplicaSize, ...]:
    """The larger sizes, synthesised in this process."""
    fields = [{"cpu": cpu, "memory_mib": memory_mib} for cpu, memory_mib in LARGER_SIZES]
    assemblies = [Assembly.load(variant(context={"service": each}).directory) for each in fields]
    return tuple(priced_size(found, *pair) for found, pair in zip(assemblies, LARGER_SIZES, strict=True))


@pytest.fixture(scope="session")
def facts(assembly: Assembly, sizes: tuple[ReplicaSize, ...]) -> Facts:
    return gather(assembly, invented_run(assembly), larger=sizes)


@pytest.fixture(scope="session")
def html(facts: Facts) -> str:
    return page.render(facts)


@pytest.fixture(scope="session")
def page_file(html: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "index.html"
    file.write_text(html, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one module: while it is open, an event loop runs that other modules' tests would trip over."""
    with browsers.launched() as started:
        yield started
