"""Containers may exit while the engine inspects them."""

from types import SimpleNamespace
from typing import Any

import requests

from local_aws.engine import container_inspect


def test_a_container_that_exits_while_it_is_measured_has_no_memory() -> None:
    def closed_without_a_body(**_options: Any) -> Any:
        return requests.models.Response().json()

    assert container_inspect._memory_mib(SimpleNamespace(stats=closed_without_a_body)) is None
