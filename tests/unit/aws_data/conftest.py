"""All templates that are compared with AWS's data."""

import pytest

from tests.conftest import Synthesise, Template
from tests.snapshot.options import add_options


@pytest.fixture(scope="session")
def all_templates(variant: Synthesise) -> dict[str, Template]:
    """The stacks of the app, the optional ones included, and one for each option of the constructs."""
    return variant(context={"transaction_search": "true", "workloads": "true"}, prepare=add_options).templates
