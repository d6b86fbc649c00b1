"""The image in `service.py`: the build context of a manifest, or the digest of an image in ECR."""

import dataclasses
import os
import posixpath
import re
from pathlib import Path

from copilot_import.manifest import Manifest
from copilot_import.python_source import literal
from copilot_import.rules.container import build_folder


@dataclasses.dataclass(frozen=True)
class ImageSource:
    """The image in `service.py`.

    Attributes:
        text: The assignment to `IMAGE`.
        kind: The class of the image.
        missing: Why that is not the image of the manifest, and the fix; empty if it is.
    """

    text: str
    kind: str = "SourceImage"
    missing: tuple[str, ...] = ()


def image_of(manifest: Manifest, project: Path, folder: Path | None = None) -> ImageSource:
    """Return the image of a manifest: its build context, or the digest of an image in ECR.

    Args:
        manifest: The manifest, with overrides applied.
        project: Folder of `service.py`.
        folder: Folder of the manifest: its build context is relative to a folder above. Default: none.
    """
    if not manifest.find("image", "build") and manifest.find("image", "location"):
        return _promoted(manifest.text("image", "location") or "")
    context, dockerfile = build_folder(manifest) if manifest.find("image", "build") else (".", "Dockerfile")
    if posixpath.relpath(dockerfile, context).startswith(".."):
        lacks = (f"{dockerfile} is outside its context {context}", f"move it to {context}, and change image.build")
        return ImageSource(_SAMPLE, missing=lacks)
    for root in (project, *_workspace(folder)):
        directory = root / context
        if not context.startswith("/") and (root / dockerfile).is_file() and directory.is_dir():
            return ImageSource(_source_image(manifest, os.path.relpath(directory, project), context, dockerfile))
    lacks = (f"the image of the manifest is not here: there is no {dockerfile}", f"copy {context} into the project")
    return ImageSource(_SAMPLE, missing=lacks)


# The image that the project has, until it has that of the manifest.
_SAMPLE = """\
# The sample's image: copy your Dockerfile's folder here, and name it instead.
IMAGE = SourceImage(directory=HERE / "sample_service")
"""


def _workspace(folder: Path | None) -> list[Path]:
    """The root of Copilot's workspace, which build contexts are relative to: the parent of the folder `copilot`."""
    parents = [] if folder is None else list(folder.resolve().parents)
    return [parent for parent in parents if (parent / "copilot").is_dir()][:1]


def _promoted(location: str) -> ImageSource:
    found = re.fullmatch(
        r"\d{12}\.dkr\.ecr\.[\w.-]+\.amazonaws\.com(?:\.cn)?/([\w./-]+?)(?::[\w.-]+)?@(sha256:[0-9a-f]{64})", location
    )
    if found:
        repository, digest = found.groups()
        lines = [f"    repository_name={literal(repository)},", f"    digest={literal(digest)},"]
        return ImageSource("\n".join(["IMAGE = PromotedImage(", *lines, ")", ""]), "PromotedImage")
    lacks = (
        f"image.location {location} has no digest of an image in ECR",
        "copy the image to ECR, and write image.location: ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME@sha256:DIGEST",
    )
    return ImageSource(_SAMPLE, missing=lacks)


def _source_image(manifest: Manifest, directory: str, context: str, dockerfile: str) -> str:
    here = "HERE" if directory == "." else f"HERE / {literal(directory)}"
    file = posixpath.relpath(dockerfile, context)
    is_map = bool((build := manifest.find("image", "build")) and build.is_map)
    target = (manifest.text("image", "build", "target") or "") if is_map else ""
    arguments = manifest.section("image", "build", "args") if is_map else {}
    more = [f"    file={literal(file)},"] if file != "Dockerfile" else []
    more += [f"    target={literal(target)},"] if target else []
    values = [f"        {literal(name)}: {literal(str(node))}," for name, node in arguments.items()]
    more += ["    build_args={", *values, "    },"] if values else []
    if not more:
        return f"IMAGE = SourceImage(directory={here})\n"
    return "\n".join(["IMAGE = SourceImage(", f"    directory={here},", *more, ")", ""])
