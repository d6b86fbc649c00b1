"""The manifest of a cloud assembly, and the nested assemblies of its stages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployment.errors import ActionableError

FILE = "manifest.json"
_STACK = "aws:cloudformation:stack"
_NESTED = "cdk:cloud-assembly"
_FIX = "make synth writes one to cdk.out, make demo to build/local/cdk.out"


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The manifest of an assembly.

    Attributes:
        path: directory of the assembly.
        stage: construct path of its `cdk.Stage`, as `cdk list` prints it: "Dev"; "" for the app itself.
        artifacts: artifact ID -> artifact.
    """

    path: Path
    stage: str = ""
    artifacts: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, path: Path, stage: str = "") -> Manifest:
        """Read the manifest of the assembly at `path`.

        Raises:
            ActionableError: there is no cloud assembly.
        """
        file = path / FILE
        try:
            artifacts = json.loads(file.read_text())["artifacts"]
            for artifact in artifacts.values():
                artifact["type"]  # Every artifact has one.
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise ActionableError(f"{path} is not a cloud assembly", _fault(file, error), _FIX) from error
        return cls(path=path, stage=stage, artifacts=artifacts)

    @property
    def stacks(self) -> Mapping[str, Mapping[str, Any]]:
        """Artifact ID -> stack."""
        return {name: artifact for name, artifact in self.artifacts.items() if artifact["type"] == _STACK}

    @property
    def nested(self) -> Iterator[Manifest]:
        """The manifests of the stages, and of the stages in them."""
        for name, artifact in self.artifacts.items():
            if artifact["type"] == _NESTED:
                properties = artifact["properties"]
                stage = str(properties.get("displayName") or name.removeprefix("assembly-"))
                found = Manifest.read(self.path / properties["directoryName"], stage)
                yield found
                yield from found.nested

    def load(self, file: str) -> Any:
        """Return the content of a JSON file of the assembly.

        Raises:
            ActionableError: the file is missing or damaged.
        """
        with complete(self.path / file):
            return json.loads((self.path / file).read_text())


@contextmanager
def complete(file: Path) -> Iterator[None]:
    """Turn every fault of a file of an assembly, missing, damaged or with other content, into a message with a fix.

    Raises:
        ActionableError: the file cannot be read, or the CDK does not write such content.
    """
    try:
        yield
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ActionableError(f"{file.parent} is not complete", _fault(file, error), _FIX) from error


def select_stage(root: Manifest, stage: str, *, has_targets: Callable[[Manifest], bool]) -> Manifest:
    """Return the manifest of a stage.

    Args:
        root: the manifest of the app.
        stage: construct path of the stage; "" for the app itself, or its only stage.
        has_targets: whether an assembly has a target.

    Raises:
        ActionableError: there is no such stage, or none is named and the app has several.
    """
    nested = list(root.nested)
    if stage:
        named = [found for found in (root, *nested) if stage in (found.stage, found.stage.replace("/", "-"))]
        if named:
            return named[0]
        raise ActionableError(
            f"{root.path} has no stage {stage!r}",
            f"it has {_listed(nested, root.path)}" if nested else "its stacks are in no cdk.Stage",
            "pass one of these with --stage" if nested else "omit --stage",
        )
    if not nested or has_targets(root):
        return root
    chosen = [found for found in nested if has_targets(found)] or [found for found in nested if found.stacks]
    if len(chosen) > 1:
        raise ActionableError(
            f"{root.path} has several stages",
            f"it has {_listed(chosen, root.path)}",
            f"choose one: --stage {chosen[0].stage}",
        )
    return chosen[0] if chosen else root


def _listed(stages: list[Manifest], root: Path) -> str:
    return ", ".join(f"{found.stage} ({found.path.relative_to(root)})" for found in stages)


def _fault(file: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"it has no {file.name}" if file.parent.is_dir() else "the directory does not exist"
    if isinstance(error, OSError):
        return f"{file.name} cannot be read: {error.strerror}"
    known = f"no {error}" if isinstance(error, KeyError) else str(error)
    return f"{file.name} was not written by the CDK: {known}"
