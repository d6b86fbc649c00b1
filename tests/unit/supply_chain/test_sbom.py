"""The bill of materials: complete, valid CycloneDX, and the same bytes each time."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from deployment.errors import ActionableError
from supply_chain import sbom
from supply_chain.cli import main
from supply_chain.locks import Package, requirements
from tests.conftest import ROOT

BASE = sbom.BaseImage(name="python", tag="3.13-slim", digest=f"sha256:{'a' * 64}")
STATUS = """Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.41-12
Description: GNU C Library
 Version: no field

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0

Package: adduser
Status: install ok installed
Architecture: all
Version: 3.152
"""


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("sbom") / "orders.cdx.json"
    result = CliRunner().invoke(main, ["sbom", "--output", str(file)])
    assert result.exit_code == 0, result.output
    return file.read_text()


def test_it_is_valid(text: str) -> None:
    assert sbom.schema_error(text) == ""
    broken = json.loads(text)
    broken["components"][0]["type"] = "vehicle"
    assert "vehicle" in sbom.schema_error(json.dumps(broken))


def test_it_has_the_base_image_and_every_package_with_its_hashes(text: str) -> None:
    components = json.loads(text)["components"]
    docker = (ROOT / "sample_service/Dockerfile").read_text()
    [digest] = re.findall(r"^ARG BASE_IMAGE=\S+@(sha256:\w+)$", docker, re.MULTILINE)
    assert [one["properties"] for one in components if one["type"] == "container"] == [
        [{"name": "digest", "value": digest}]
    ]
    packages = requirements((ROOT / "sample_service/requirements.txt").read_text())
    found = {one["purl"]: {each["value"] for each in one["properties"]} for one in components if "pypi" in one["purl"]}
    assert found == {
        f"pkg:pypi/{one.name}@{one.version}": {f"sha256:{digest}" for digest in one.hashes} for one in packages
    }


def test_the_image_depends_on_all_components(text: str) -> None:
    found = json.loads(text)
    assert found["metadata"]["component"]["name"] == "orders"
    [image] = [one for one in found["dependencies"] if one["ref"] == "image"]
    assert sorted(image["dependsOn"]) == sorted(one["bom-ref"] for one in found["components"])


def test_the_same_sources_result_in_the_same_bytes(text: str, tmp_path: Path) -> None:
    file = tmp_path / "again.json"
    CliRunner().invoke(main, ["sbom", "--output", str(file)])
    assert file.read_text() == text
    assert "timestamp" not in json.loads(text)["metadata"]


def test_other_content_has_another_serial_number() -> None:
    packages = [Package(name="click", version="8.3.0")]
    first, second = (
        json.loads(sbom.render(base_image=BASE, packages=packages, debian=found))
        for found in ((), sbom.debian_packages(STATUS))
    )
    assert first["serialNumber"] != second["serialNumber"]
    assert [one["purl"] for one in second["components"] if "deb" in one["purl"]] == [
        "pkg:deb/debian/adduser@3.152?arch=all",
        "pkg:deb/debian/libc6@2.41-12?arch=amd64",
    ]


def test_a_base_image_without_a_digest_is_rejected() -> None:
    with pytest.raises(ActionableError, match="not pinned by a tag and a digest"):
        sbom.base_image("ARG BASE_IMAGE=python:3.13-slim\nFROM ${BASE_IMAGE}\n")


@pytest.mark.container
def test_an_unknown_image_ends_with_a_sentence() -> None:
    result = CliRunner().invoke(main, ["sbom", "--image", "no-such-image:0"])
    assert result.exit_code == 1
    assert result.output.startswith("✘ the Debian packages of image 'no-such-image:0' cannot be read")
