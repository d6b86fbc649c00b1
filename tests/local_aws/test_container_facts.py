"""Facts about containers come from an engine that is busy starting and ending them."""

from types import SimpleNamespace
from typing import Any

import requests

from local_aws.engine import container_facts


def test_a_container_that_ends_while_it_is_measured_has_no_memory() -> None:
    def closed_without_a_byte(**_options: Any) -> Any:
        return requests.models.Response().json()

    assert container_facts._memory_mib(SimpleNamespace(stats=closed_without_a_byte)) is None
