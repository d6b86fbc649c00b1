"""The app's own targets, priced."""

import pytest

from comparison.cost.answer import Answer, answer
from comparison.cost.load import Load
from comparison.cost.prices import PriceList
from comparison.cost.profile import Profile
from local_aws.deploying.assembly import Assembly


@pytest.fixture(scope="session")
def answered(synthesised) -> Answer:
    return answer(Assembly.load(synthesised.directory), Load(), PriceList.load())


@pytest.fixture(scope="session")
def profiles(answered) -> dict[str, Profile]:
    return {profile.target: profile for profile in answered.profiles}
