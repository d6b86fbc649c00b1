"""The fixtures of the comparison's tests."""

from tests.comparison.conftest import assembly, facts, sizes

__all__ = ["assembly", "facts", "sizes"]
