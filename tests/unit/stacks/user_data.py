"""The user data of the instances, parsed from the template."""

import configparser
import dataclasses
from typing import Any

import yaml

from tests.conftest import Template, resources
from tests.snapshot.readable import readable

Unit = dict[str, dict[str, str]]


@dataclasses.dataclass(frozen=True)
class UserData:
    """The user data, as cloud-init reads it: path -> content, path -> mode, and the commands."""

    files: dict[str, str]
    modes: dict[str, str]
    commands: list[list[str]]

    @property
    def unit(self) -> Unit:
        """The Quadlet unit: section -> key -> value."""
        parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=False)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string(self.files["/etc/containers/systemd/microservice.container"])
        return {section: dict(parser[section]) for section in parser.sections()}

    @property
    def environment(self) -> dict[str, str]:
        """The environment file: name -> value."""
        lines = self.files["/etc/microservice/environment"].splitlines()
        return dict(line.split("=", 1) for line in lines)


def launch_template(template: Template) -> dict[str, Any]:
    [found] = resources(readable(template), "AWS::EC2::LaunchTemplate")
    data: dict[str, Any] = found["LaunchTemplateData"]
    return data


def user_data_of(template: Template) -> UserData:
    lines = launch_template(template)["UserData"]
    assert lines[0] == "#cloud-config"
    read = yaml.safe_load("\n".join(lines))
    assert set(read) == {"write_files", "runcmd"}
    files = {file["path"]: file["content"] for file in read["write_files"]}
    return UserData(files, {file["path"]: file["permissions"] for file in read["write_files"]}, read["runcmd"])
