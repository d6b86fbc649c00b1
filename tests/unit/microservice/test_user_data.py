"""The cloud-config of the user data: cloud-init reads files as they were written."""

import pytest
import yaml

from microservice import ServiceSpec
from microservice.ec2.quadlet import ENVIRONMENT_PATH, UNIT_PATH, environment_file
from microservice.ec2.user_data import BootSignal, cloud_config

SIGNAL = BootSignal(stack="Bills", resource="Group", region="eu-west-1")


@pytest.mark.parametrize(
    "value", ["", " blanks around ", "# no comment", "key: value", "- [x]", '"quoted', "ü€", "a\\tb"]
)
def test_files_are_read_as_they_were_written(value: str) -> None:
    spec = ServiceSpec(name="bills", environment={"FIRST": value, "LAST": value})
    environment = environment_file(spec, {}, region="eu-west-1")
    unit = "[Unit]\n\n[Container]\nImage=a\n"
    read = yaml.safe_load(cloud_config(spec, SIGNAL, log_group="logs", unit=unit, environment=environment))
    files = {file["path"]: file["content"] for file in read["write_files"]}
    assert files[ENVIRONMENT_PATH] == environment
    assert files[UNIT_PATH] == unit
