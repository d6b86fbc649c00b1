"""The faults of a load in the local environment."""

import pytest

from deployment.errors import ActionableError
from local_aws import load_faults as faults


def test_unknown_faults_are_rejected():
    with pytest.raises(ActionableError, match="there is no fault 'fire'"):
        faults.choose(["fire"])
    assert faults.choose(["restart-emulator", "throttle-table"]) == ("throttle-table", "restart-emulator")
    assert faults.choose([]) == tuple(faults.FAULTS)
