"""`deployment` is written against an environment, and knows none."""

import re

from tests.architecture.sources import modules


def test_deployment_does_not_name_the_local_environment() -> None:
    """Its messages come from the environment: `environment.command("logs", target)`."""
    for file in modules("deployment"):
        code = re.sub(r'"""(?:.|\n)*?"""', "", file.read_text())
        assert not re.search(r"local_aws|emulator|ministack", code.replace("an emulator may", ""), re.IGNORECASE), file
