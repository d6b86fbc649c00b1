"""The app's own targets, priced."""

import pytest

from deployment.assembly import Assembly
from pricing.answer import Answer, answer
from pricing.load import Load
from pricing.prices import PriceList
from pricing.profile import Profile


@pytest.fixture(scope="session")
def answered(synthesised) -> Answer:
    return answer(Assembly.load(synthesised.directory), Load(), PriceList.load())


@pytest.fixture(scope="session")
def profiles(answered) -> dict[str, Profile]:
    return {profile.target: profile for profile in answered.profiles}
