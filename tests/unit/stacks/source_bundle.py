"""The source bundle and the option settings of the Beanstalk environment, as files and properties."""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import Synthesised, resources

STACK = "OrdersOnBeanstalk"
Options = dict[str, dict[str, Any]]


def options_of(synthesised: Synthesised, stack: str = STACK) -> Options:
    """Namespace -> option -> value."""
    [environment] = resources(synthesised.templates[stack], "AWS::ElasticBeanstalk::Environment")
    found: Options = defaultdict(dict)
    for setting in environment["OptionSettings"]:
        assert setting["OptionName"] not in found[setting["Namespace"]]
        found[setting["Namespace"]][setting["OptionName"]] = setting["Value"]
    return found


def bundle_of(synthesised: Synthesised, stack: str = STACK) -> Path:
    """The folder that becomes the zip file of the application version."""
    [version] = resources(synthesised.templates[stack], "AWS::ElasticBeanstalk::ApplicationVersion")
    key = version["SourceBundle"]["S3Key"]
    assert re.fullmatch(r"[0-9a-f]{64}\.zip", key)
    return synthesised.directory / f"asset.{key.removesuffix('.zip')}"


def files_of(bundle: Path) -> str:
    """Every file of a bundle with its mode; the tag of the image is replaced, because it changes with the source."""
    parts = [
        f"==> {file.relative_to(bundle)} {file.stat().st_mode & 0o777:o}\n{file.read_text()}"
        for file in sorted(bundle.rglob("*"))
        if file.is_file()
    ]
    return re.sub("[0-9a-f]{64}", "<asset>", "\n".join(parts))


def service_of(synthesised: Synthesised) -> dict[str, Any]:
    """The service of the compose file."""
    compose = yaml.safe_load((bundle_of(synthesised) / "docker-compose.yml").read_text())
    [service] = compose["services"].values()
    return dict(service)
