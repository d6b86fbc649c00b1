"""The version of the CDK that the constructs require."""

import subprocess
import sys
from importlib import metadata

import pytest

from microservice import versions
from microservice.versions import OLDEST_CDK, require_cdk
from tests.conftest import ROOT


def install(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(versions, "version", lambda _: version)


@pytest.mark.parametrize("version", ["2.99.0", "1.999.9", "2.0.0rc1"])
def test_an_older_version_is_rejected_with_the_fix(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, version)
    with pytest.raises(ImportError) as error:
        require_cdk()
    assert str(error.value) == (
        f"aws-cdk-lib {version} is not supported by these constructs (allowed: {OLDEST_CDK} or newer). "
        f"Run: pip install 'aws-cdk-lib>={OLDEST_CDK}'"
    )


@pytest.mark.parametrize("version", [OLDEST_CDK, metadata.version("aws-cdk-lib"), "3.0.0", "2.1000.0"])
def test_the_oldest_version_and_newer_ones_are_accepted(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, version)
    require_cdk()


def test_a_cdk_without_metadata_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> str:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(versions, "version", missing)
    require_cdk()


@pytest.mark.parametrize("module", ["microservice", "microservice.target"])
def test_the_version_is_checked_at_import(module: str) -> None:
    """Also by the module that each target imports: a copy of some modules lacks the one at the top."""
    program = f"""
import importlib.metadata, sys
import microservice.target
for name in ("microservice.versions", {module!r}):
    del sys.modules[name]
importlib.metadata.version = lambda _: "2.1.0"
import {module}
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "ImportError: aws-cdk-lib 2.1.0 is not supported" in done.stderr
