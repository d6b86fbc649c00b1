import pytest

pytest.register_assert_rewrite("tests.integration.end_to_end")
