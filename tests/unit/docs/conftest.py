"""Run tests that need the internet only if the mark expression selects them."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "outside_links" in config.option.markexpr:
        return
    selected = [item for item in items if not item.get_closest_marker("outside_links")]
    config.hook.pytest_deselected(items=[item for item in items if item not in selected])
    items[:] = selected
