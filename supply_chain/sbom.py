"""The software bill of materials (SBOM) of the image: CycloneDX JSON, the same bytes for the same sources."""

import json
import re
import subprocess
import tarfile
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from deployment.errors import ActionableError
from supply_chain.locks import Package

_BASE_IMAGE = re.compile(r"^ARG BASE_IMAGE=(?P<name>[^:@\s]+):(?P<tag>[^@\s]+)@(?P<digest>sha256:[0-9a-f]{64})$", re.M)
_STATUS = "/var/lib/dpkg/status"


@dataclass(frozen=True, kw_only=True)
class BaseImage:
    """The base image of the Dockerfile.

    Attributes:
        name: such as `python`.
        tag: such as `3.13-slim`.
        digest: its digest, with `sha256:`.
    """

    name: str
    tag: str
    digest: str


@dataclass(frozen=True, order=True, kw_only=True)
class DebianPackage:
    """An installed Debian package."""

    name: str
    version: str
    architecture: str


def base_image(dockerfile: str) -> BaseImage:
    """Return the base image of a Dockerfile.

    Raises:
        ActionableError: It is not pinned by a tag and a digest.
    """
    found = _BASE_IMAGE.search(dockerfile)
    if found is None:
        fix = "write ARG BASE_IMAGE=NAME:TAG@sha256:DIGEST"
        raise ActionableError("the base image of the Dockerfile is not pinned by a tag and a digest", "", fix)
    return BaseImage(**found.groupdict())


def read_dpkg_status(image: str) -> str:
    """Return the list of installed Debian packages of an image, without running it.

    Raises:
        ActionableError: There is no Docker, no such image, or no such file in it.
    """
    try:
        created = _docker("create", image).decode().strip()
        try:
            archive = _docker("cp", f"{created}:{_STATUS}", "-")
        finally:
            _docker("rm", created)
    except (OSError, subprocess.CalledProcessError) as error:
        cause = getattr(error, "stderr", b"") or str(error).encode()
        raise ActionableError(
            f"the Debian packages of image {image!r} cannot be read",
            cause.decode(errors="replace").strip(),
            "pass a built image that is based on Debian, or omit --image",
        ) from error
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        [member] = files.getmembers()
        file = files.extractfile(member)
        return file.read().decode() if file else ""


def _docker(*arguments: str) -> bytes:
    return subprocess.run(["docker", *arguments], capture_output=True, check=True).stdout  # noqa: S603, S607


def debian_packages(status: str) -> list[DebianPackage]:
    """Return the installed packages of dpkg's status file."""
    found = []
    for block in status.split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+): (.*)$", block, re.MULTILINE))
        if fields.get("Status", "").endswith(" installed"):
            found.append(
                DebianPackage(
                    name=fields["Package"], version=fields["Version"], architecture=fields.get("Architecture", "all")
                )
            )
    return sorted(found)


def render(*, base_image: BaseImage, packages: Sequence[Package], debian: Iterable[DebianPackage] = ()) -> str:
    """Return the bill of materials as CycloneDX 1.6 JSON.

    Args:
        base_image: the base image.
        packages: the Python packages.
        debian: the Debian packages. Default: none, for example because the image is not at hand.

    Raises:
        ValueError: The result does not match the schema.
    """
    image = Component(name="orders", type=ComponentType.CONTAINER, bom_ref="image")
    components = [_base(base_image), *map(_python, packages), *map(_debian, debian)]
    bom = Bom(components=components)
    bom.metadata.component = image
    bom.register_dependency(image, components)
    found = json.loads(cast("Any", JsonV1Dot6)(bom).output_as_string())
    # Random and of today, unless they follow from the content.
    del found["metadata"]["timestamp"]
    found["serialNumber"] = ""
    content = json.dumps(found, sort_keys=True)
    found["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, content)}"
    text = json.dumps(found, indent=2, sort_keys=True) + "\n"
    if error := schema_error(text):
        raise ValueError(f"the bill of materials does not match the schema of CycloneDX: {error}")
    return text


def schema_error(text: str) -> str:
    """Return why a text is no CycloneDX 1.6 JSON; "" if it is."""
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return "" if error is None else str(error)


def _base(image: BaseImage) -> Component:
    return Component(
        name=image.name,
        version=image.tag,
        type=ComponentType.CONTAINER,
        bom_ref="base-image",
        purl=PackageURL("docker", None, image.name, image.digest, {"tag": image.tag}),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=image.digest.removeprefix("sha256:"))],
        properties=[Property(name="digest", value=image.digest)],
    )


def _python(package: Package) -> Component:
    """Return the component of a package; its hashes are those of all files of which pip may choose one."""
    purl = PackageURL("pypi", None, package.name, package.version)
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(purl),
        purl=purl,
        properties=[Property(name="pip:hash", value=f"sha256:{digest}") for digest in package.hashes],
    )


def _debian(package: DebianPackage) -> Component:
    purl = PackageURL("deb", "debian", package.name, package.version, {"arch": package.architecture})
    return Component(
        name=package.name, version=package.version, type=ComponentType.LIBRARY, bom_ref=str(purl), purl=purl
    )
