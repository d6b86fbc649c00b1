"""The audit of the lock files: pip-audit and npm against databases on loopback, and what they do not tell."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from supply_chain import locks, tools
from supply_chain.cli import NPM_LOCK, PYTHON_LOCKS, main
from supply_chain.locks import Package
from supply_chain.verdict import Audited, from_pip_audit, problems
from tests.conftest import ROOT
from tests.unit.supply_chain.services import Databases, databases

CANARY = ("jinja2", "2.4.1")
LOCKED = [Package(name="click", version="8.3.0"), Package(name="rich", version="14.2.0")]


@pytest.fixture
def services() -> Iterator[Databases]:
    with databases() as found:
        yield found


def audit(services: Databases, *arguments: str) -> Result:
    options = ["--osv-url", f"{services.url}/v1/query", "--npm-registry", services.url]
    return CliRunner().invoke(main, ["audit", *options, *arguments])


def message(result: Result) -> str:
    assert (result.exit_code, result.output[:1]) == (1, "✘")
    return re.sub(r"\s+", " ", result.output)


def test_every_locked_package_is_compared_with_a_database(services: Databases) -> None:
    """The real lock files: what the databases were asked for is what the files contain."""
    result = audit(services)
    assert result.exit_code == 0, result.output + repr(result.exception)
    counts = [int(count) for count in re.findall(r"(\d+) packages, no known vulnerability", result.output)]
    names = (*PYTHON_LOCKS, NPM_LOCK)
    assert counts == [len({(one.name, one.version) for one in locks.read(ROOT / name)}) for name in names]
    python = {(one.name, one.version) for name in PYTHON_LOCKS for one in locks.read(ROOT / name)}
    npm = {(one.name, "") for one in locks.read(ROOT / NPM_LOCK)}
    assert set(services.queried) == python | npm | {CANARY, ("lodash", "")}


def test_a_vulnerability_in_each_lock_file_fails(services: Databases) -> None:
    services.vulnerable |= {"awslambdaric", "axe-core"}
    found = message(audit(services))
    assert re.search(r"uv.lock: awslambdaric==\S+ has GHSA-462w-v97r-4m45", found)
    assert re.search(r"sample_service/requirements.txt: awslambdaric==\S+ has GHSA", found)
    assert re.search(r"package-lock.json: axe-core==\S+ has https://github.com/advisories/GHSA", found)


def test_databases_that_know_no_vulnerability_fail(services: Databases) -> None:
    services.vulnerable = set()
    found = message(audit(services, "--if-reachable"))
    assert found.count("the known vulnerability of jinja2==2.4.1 was not reported") == 2
    assert "the known vulnerability of lodash==4.17.15 was not reported" in found


def test_databases_without_a_result_fail_unless_that_is_allowed(services: Databases) -> None:
    services.status = 503
    assert message(audit(services)).count("the vulnerability database gave no result") == 3
    allowed = audit(services, "--if-reachable")
    assert allowed.exit_code == 0
    assert allowed.output.count("not run, because the vulnerability database gave no result") == 3
    assert "no known vulnerability" not in allowed.output


def test_skipped_packages_are_not_audited() -> None:
    """pip-audit skips a package that the service does not know, and exits with 0."""
    canary = {"name": "jinja2", "version": "2.4.1", "vulns": [{"id": "GHSA-462w-v97r-4m45"}]}
    skipped: dict[str, Any] = {"name": "rich", "skip_reason": "Dependency not found on PyPI"}
    report = {"dependencies": [canary, {"name": "click", "version": "8.3.0", "vulns": []}, skipped], "fixes": []}
    [found] = problems("uv.lock", LOCKED, from_pip_audit(report), CANARY)
    assert found == "uv.lock: 1 of 2 packages were not audited, such as rich==14.2.0"


def test_an_audit_of_nothing_fails() -> None:
    nothing = Audited(packages=frozenset(), vulnerable={})
    assert len(problems("uv.lock", LOCKED, nothing, CANARY)) == 2
    complete = Audited(packages=frozenset({CANARY}), vulnerable={CANARY: ("GHSA",)})
    assert problems("uv.lock", [], complete, CANARY) == ["uv.lock has no packages: nothing was audited"]


def test_each_version_of_a_package_is_audited(services: Databases) -> None:
    two = [Package(name="botocore", version="1.40.1"), Package(name="botocore", version="1.42.0")]
    audited = tools.audit_python(two, osv_url=f"{services.url}/v1/query")
    assert audited.packages == {("botocore", "1.40.1"), ("botocore", "1.42.0"), CANARY}


def test_the_lock_files_are_read_completely() -> None:
    """Counted in another way: by the lines of the files."""
    text = (ROOT / "uv.lock").read_text()
    members = 2
    assert len(locks.uv_lock(text)) == text.count("\n[[package]]\n") - members > 100
    text = (ROOT / "sample_service/requirements.txt").read_text()
    assert len(locks.requirements(text)) == len(re.findall(r"^\w", text, re.MULTILINE)) > 10
    assert all(one.hashes for one in locks.requirements(text))
    with pytest.raises(ValueError, match="the requirement 'click>=8' is not valid"):
        locks.requirements("click>=8\n")
