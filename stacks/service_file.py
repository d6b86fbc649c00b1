"""The file that describes the service, such as `service.py`."""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Self

import aws_cdk as cdk

from microservice import Image, ServiceSpec

# Names that a service file must set.
_REQUIRED = ("SPEC", "IMAGE")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Service:
    """Content of a service file: `spec` is the file's `SPEC`, `lambda_command` its `LAMBDA_COMMAND`.

    Attributes:
        spec: The specification of the service.
        image: The container image.
        lambda_command: Arguments of the entry point in a Lambda function. Default: those of the image.
        check_command: Arguments of the entry point in the first step of the workflow. Default: no workflow.
        fulfil_command: Arguments of the entry point in the task of the workflow. Default: no workflow.
        reconcile_command: Arguments of the entry point in the workflow's reconciler. Default: no workflow.
        stack: The stack of a worker, a scheduled job or a private service, instead of those of the targets; it takes
            the shared props and the cluster. Default: none.
        workloads: Commands of a worker and a scheduled job. Default: none.
        uses_orders_data: Whether the service gets the orders table and the API token. Default: True.
        responses: Path -> text in the response 200, for checks. Default: none.
        health_command: Returns the command of the container's health check for a spec. Default: no command.
    """

    spec: ServiceSpec
    image: Image
    lambda_command: Sequence[str] = ()
    check_command: Sequence[str] = ()
    fulfil_command: Sequence[str] = ()
    reconcile_command: Sequence[str] = ()
    stack: Callable[..., cdk.Stack] | None = None
    workloads: Mapping[str, list[str]] = dataclasses.field(default_factory=dict)
    uses_orders_data: bool = True
    responses: Mapping[str, str] = dataclasses.field(default_factory=dict)
    health_command: Callable[[ServiceSpec], Sequence[str]] = lambda _: ()

    @classmethod
    def load(cls, path: str) -> Self:
        """Read a service file.

        Args:
            path: Path of the file, relative to the current directory; "" for `service.py`.

        Raises:
            ValueError: It is not a Python file, `SPEC` or `IMAGE` is missing, or a value is not valid.
        """
        found = vars(_module(path))
        for name in _REQUIRED:
            if name not in found:
                raise ValueError(
                    f"{path or 'service.py'} sets no {name} (required: {', '.join(_REQUIRED)}). "
                    "Set both, as service.py does."
                )
        if not isinstance(found["SPEC"], ServiceSpec):
            raise ValueError(f"SPEC={found['SPEC']!r} is not valid (allowed: a ServiceSpec). Set ServiceSpec(name=…).")
        for name in filter(re.compile("[A-Z]+_COMMAND").fullmatch, found):
            _require_words(name, found[name])
        # A function has a lower-case name.
        names = {field.name: field.name.upper() for field in dataclasses.fields(cls)} | {
            "health_command": "health_command"
        }
        return cls(**{field: found[name] for field, name in names.items() if name in found})

    @property
    def workflow_commands(self) -> Mapping[str, Sequence[str]]:
        """Step of the workflow -> its command; empty if one has none."""
        commands = {"check": self.check_command, "fulfil": self.fulfil_command, "reconcile": self.reconcile_command}
        return commands if all(commands.values()) else {}

    def with_spec(self, spec: ServiceSpec) -> Self:
        """Return the service with another spec, and with the command of its health check."""
        command = spec.health_command or self.health_command(spec)
        return dataclasses.replace(self, spec=dataclasses.replace(spec, health_command=command))


def _require_words(name: str, command: object) -> None:
    # A string is a sequence, too: of its letters.
    if isinstance(command, str) or not isinstance(command, Sequence):
        raise ValueError(
            f"{name}={command!r} is not valid (allowed: a list of words). Write each argument as a string of its own."
        )


def _module(path: str) -> ModuleType:
    if not path:
        return import_module("service")
    file = Path(path)
    found = spec_from_file_location("service", file)
    if not file.is_file() or found is None or found.loader is None:
        raise ValueError(f"service_file={path!r} is not a Python file. Set the path of a file such as service.py.")
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module
