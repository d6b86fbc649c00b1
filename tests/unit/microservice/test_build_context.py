"""The build context of a `SourceImage`: what Docker would read, and an image tag that is equal on every machine."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr_assets as ecr_assets

from microservice import SourceImage
from tests.architecture.sources import ROOT

FILES = {
    "Dockerfile": "FROM scratch\nCOPY . /\n",
    "dist/main.js": "1",
    "internal/build/version.go": "package build",
    ".npmrc": "engine-strict=true",
    "public/.well-known/security.txt": "x",
    "node_modules/left-pad/index.js": "1",
}


def write(directory: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return directory


Build = Callable[..., tuple[set[str], str]]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Return the files in the build context, and the image tag."""

    def context_of(directory: Path, outdir: Path | None = None, **values: Any) -> tuple[set[str], str]:
        output = outdir or tmp_path / "assembly"
        stack = cdk.Stack(cdk.App(outdir=str(output)), "Stack")
        tag = SourceImage(directory=directory, **values).version(stack, "x86_64")
        [asset] = (each for each in stack.node.find_all() if isinstance(each, ecr_assets.DockerImageAsset))
        assert asset
        return set(_files(output / f"asset.{tag}")), tag

    return context_of


def _files(directory: Path) -> Iterator[str]:
    return (path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


def test_nothing_is_left_out(build: Build, tmp_path: Path) -> None:
    assert build(write(tmp_path / "source", FILES))[0] == set(FILES)


def test_dockerignore_and_exclude_decide_in_docker_s_syntax(build: Build, tmp_path: Path) -> None:
    source = write(tmp_path / "source", {**FILES, ".dockerignore": "node_modules\n**/*.txt\n"})
    files, _ = build(source, exclude=["dist", "!dist/main.js", "**/build"])
    assert files == {"Dockerfile", ".dockerignore", ".npmrc", "dist/main.js"}


def test_the_ignore_file_of_the_dockerfile_replaces_the_other_one(build: Build, tmp_path: Path) -> None:
    """https://docs.docker.com/build/concepts/context/#filename-and-location"""
    more = {
        "services/web/Dockerfile": "FROM scratch\n",
        "services/web/Dockerfile.dockerignore": "**/dist\nservices/*/Dockerfile\n",
        ".dockerignore": "public\ninternal\n",
    }
    files, _ = build(write(tmp_path / "source", {**FILES, **more}), file="services/web/Dockerfile")
    assert files == {*FILES, *more} - {"dist/main.js"}


def test_a_dockerfile_beside_its_service_is_never_excluded(build: Build, tmp_path: Path) -> None:
    source = write(tmp_path / "source", {"services/web/Dockerfile": "FROM scratch\n", "services/web/a.js": "1"})
    files, _ = build(source, file="services/web/Dockerfile", exclude=["services"])
    assert files == {"services/web/Dockerfile"}


@pytest.mark.parametrize("outdir", ["cdk.out", "build/local/cdk.out"])
def test_the_cloud_assembly_is_not_in_the_context(outdir: str, build: Build, tmp_path: Path) -> None:
    """The context may be the root of the repository; its image tag does not change with each synthesis."""
    source = write(tmp_path / "source", FILES)
    first = build(source, source / outdir)
    assert first[0] == set(FILES)
    assert build(source, source / outdir) == first


def test_the_tag_follows_content_and_options_only(build: Build, tmp_path: Path) -> None:
    _, tag = build(write(tmp_path / "a", FILES))
    other = write(tmp_path / "b", FILES)
    (other / "dist/main.js").chmod(0o600)
    (other / "empty").mkdir()
    os.utime(other / "Dockerfile", (0, 0))
    (other / "Dockerfile").write_bytes(FILES["Dockerfile"].replace("\n", "\r\n").encode())
    assert build(other)[1] == tag
    assert (
        build(other, build_secrets={"npmrc": "src=/home/you/.npmrc"})[1]
        == build(other, build_secrets={"npmrc": "src=/Users/you/.npmrc"})[1]
    )
    for option in ({"target": "final"}, {"build_args": {"A": "1"}}, {"exclude": ["dist"]}):
        assert build(other, **option)[1] != tag


@pytest.mark.parametrize(
    "generated",
    [
        *("orders/__pycache__/model.cpython-313.pyc", "orders.egg-info/PKG-INFO", ".ruff_cache/0.1/1"),
        *(".mypy_cache/x.json", "build/lib/orders/model.py", "dist/orders-1.whl", ".venv/bin/python", ".coverage"),
    ],
)
def test_generated_files_do_not_change_the_tag_of_the_sample(generated: str, build: Build, tmp_path: Path) -> None:
    source = tmp_path / "source"
    files = {name: (ROOT / "sample_service" / name).read_text() for name in ("Dockerfile", ".dockerignore")}
    _, tag = build(write(source, {**files, "orders/model.py": "1"}))
    assert build(write(source, {generated: "1"}))[1] == tag


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"file": "../Dockerfile"}, r"file='../Dockerfile' is not valid \(allowed: a path inside directory"),
        ({"file": "/srv/Dockerfile"}, r"file='/srv/Dockerfile' is not valid"),
        ({"file": "web\\Dockerfile"}, r"with '/'\)\. Set it relative"),
        ({"exclude": "dist"}, r"exclude='dist' is not valid \(allowed: a list\)\. Set \['dist'\]"),
        ({"build_secrets": {"npm": "hunter2"}}, r"build_secrets\['npm'\]=.*Name the source of the secret, not its"),
    ],
)
def test_values_that_docker_cannot_use_are_rejected(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SourceImage(directory=ROOT, **values)
