from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulated.emulator import Emulator, started


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with started(tmp_path) as running:
        yield running
