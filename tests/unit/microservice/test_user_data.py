"""What stands in user data arrives on the machine as it was written."""

import pytest
import yaml
from microservice.cloud_config import BootSignal, cloud_config
from microservice.quadlet import ENVIRONMENT_PATH, UNIT_PATH, environment_file

from microservice import ServiceSpec

BOOT = BootSignal(stack="Bills", resource="Group", region="eu-west-1", log_group="logs")


@pytest.mark.parametrize(
    "value", ["", " blanks around ", "# no comment", "key: value", "- [x]", '"quoted', "ü€", "a\\tb"]
)
def test_files_are_read_as_they_were_written(value: str) -> None:
    spec = ServiceSpec(name="bills", environment={"FIRST": value, "LAST": value})
    environment = environment_file(spec, region="eu-west-1")
    unit = "[Unit]\n\n[Container]\nImage=a\n"
    read = yaml.safe_load(cloud_config(spec, BOOT, unit=unit, environment=environment))
    files = {file["path"]: file["content"] for file in read["write_files"]}
    assert files[ENVIRONMENT_PATH] == environment
    assert files[UNIT_PATH] == unit
