import pytest

pytest.register_assert_rewrite("tests.local_aws.end_to_end")
