"""`ServiceSpec` and what platforms sell, without the second that the CDK takes to load.

`microservice/` can be copied under any name: here its parts without CDK are loaded under another one, past its door.
"""

import functools
import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "microservice"
_NAME = "copilot_import.copied_microservice"


@functools.cache
def _part(name: str) -> ModuleType:
    if _NAME not in sys.modules:
        package = ModuleType(_NAME)
        package.__path__ = [str(FOLDER)]
        sys.modules[_NAME] = package
    return importlib.import_module(f"{_NAME}.{name}")


def service_spec(**values: Any) -> Any:
    """Return a `ServiceSpec`.

    Raises:
        ValueError: no target could run it; says why, and what to do.
    """
    return _part("spec").ServiceSpec(**values)


def refuse_unsold_size(spec: Any) -> None:
    """Let through what Fargate sells. Raises ValueError, which says what it sells, otherwise."""
    _part("fargate_sizes").refuse_unsold_size(spec)


def app_runner_takes(spec: Any) -> bool:
    """Whether App Runner runs what a spec says."""
    try:
        _part("app_runner_sizes").refuse_what_app_runner_lacks(spec)
    except ValueError:
        return False
    return True
