"""The network without a route to the internet: endpoints, targets, and what they cost."""

import json
from pathlib import Path

import pytest

from deployment.assembly import Assembly
from deployment.template import load_templates
from pricing.cost_model import cost_model
from pricing.prices import PriceList
from tests.conftest import Synthesise, Synthesised, resources


@pytest.fixture(scope="module")
def isolated(variant: Synthesise) -> Synthesised:
    return variant(context={"network": "isolated"})
