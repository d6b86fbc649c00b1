"""The requirements of the image match the lock file."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
EXPORT = (
    "uv export --frozen --no-default-groups --package orders --no-emit-workspace --no-header --no-annotate "
    "--output-file sample_service/requirements.txt"
)


def test_the_requirements_are_current():
    """Compares with uv.lock, without uv; the message has the command that writes the file."""
    assert _required() == _locked(), f"run: {EXPORT}"


def test_every_requirement_is_pinned_and_has_its_hashes():
    text = (ROOT / "sample_service/requirements.txt").read_text().replace("\\\n", " ")

    assert all(re.match(r"[\w.-]+==[\w.]+ .*--hash=sha256:[0-9a-f]{64}", line) for line in text.splitlines())


def test_benchmark_candidates_are_not_installed():
    assert not {"starlette", "blacksheep", "granian", "boto3"} & _required().keys()


def _required() -> dict[str, tuple[str, frozenset[str]]]:
    text = (ROOT / "sample_service/requirements.txt").read_text().replace("\\\n", " ")
    lines = [line.split() for line in text.splitlines() if line]
    return {
        line[0].partition("==")[0]: (
            line[0].partition("==")[2],
            frozenset(word.removeprefix("--hash=") for word in line if word.startswith("--hash=")),
        )
        for line in lines
    }


def _locked() -> dict[str, tuple[str, frozenset[str]]]:
    """Every direct and transitive dependency on Linux, with its version and hashes."""
    packages = {package["name"]: package for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]}
    wanted, found = [packages["orders"]], {}
    while wanted:
        for dependency in wanted.pop().get("dependencies", []):
            name = dependency["name"]
            if name not in found and "sys_platform == 'win32'" not in dependency.get("marker", ""):
                package = packages[name]
                files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
                found[name] = (package["version"], frozenset(file["hash"] for file in files))
                wanted.append(package)
    return found
