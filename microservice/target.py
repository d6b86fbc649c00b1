"""The contract of a target: the interface that all constructs share, and the metadata that describes them."""

import dataclasses
import inspect
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, Protocol

from aws_cdk import aws_iam as iam
from constructs import Construct

from .spec import ServiceSpec
from .versions import require_cdk

# A copy of some modules has no `__init__.py` at its top, which requires the same.
require_cdk()

TARGET_METADATA = "microservice:target"


class Microservice(Protocol):
    """A service on one platform. Structural: constructs extend `Construct` only and never this class.

    Attributes:
        TARGET_ID: The target's ID, such as `ecs-fargate`.
        UNSUPPORTED_FIELDS: Field of `ServiceSpec` -> why this platform cannot honour it. Every other field is honoured,
            or the construct raises `UnsupportedSpecError`.
    """

    TARGET_ID: ClassVar[str]
    UNSUPPORTED_FIELDS: ClassVar[Mapping[str, str]]

    @property
    def url(self) -> str:
        """The service's URL, without a trailing slash.

        It is public and https, except behind a `PrivateIngress`: then callers inside the VPC reach it only, and it is
        http if the endpoint has no certificate.
        """
        ...

    @property
    def role(self) -> iam.IRole:
        """The IAM role of the service's code. Grant permissions to it in your stack."""
        ...


def add_target_metadata(construct: Construct) -> None:
    """Describe a target in the metadata of the cloud assembly, for tools that do not import its source.

    The entry has the target's ID, class and module, the class documentation, the optional constructor arguments, the
    unsupported fields, and the fields of `ServiceSpec`. Templates do not contain it.
    """
    construct.node.add_metadata(TARGET_METADATA, _description(type(construct)))


@cache
def _description(target: Any) -> dict[str, Any]:
    summary, paragraphs = _documentation(target)
    package = __name__.rpartition(".")[0]
    return {
        "id": target.TARGET_ID,
        "construct": target.__name__,
        "module": target.__module__.removeprefix(f"{package}."),
        "summary": summary,
        "description": paragraphs,
        "options": _options(target),
        "unsupported_fields": dict(target.UNSUPPORTED_FIELDS),
        "spec_fields": _spec_fields(),
    }


def _documentation(described: Any) -> tuple[str, list[str]]:
    """Return the first line of a docstring, and the paragraphs before its first section."""
    first, _, rest = (inspect.getdoc(described) or "").partition("\n")
    body = re.split(r"^(?:Attributes|Args|Example|Raises):$", rest, maxsplit=1, flags=re.MULTILINE)[0]
    return first, [" ".join(paragraph.split()) for paragraph in body.split("\n\n") if paragraph.strip()]


def _items(described: Any, section: str) -> dict[str, str]:
    """Return name -> text of a docstring's section, such as `Args`."""
    _, _, rest = (inspect.getdoc(described) or "").partition(f"\n{section}:\n")
    body = re.split(r"^\S", rest, maxsplit=1, flags=re.MULTILINE)[0]
    found = re.findall(r"^    (\w+): (.+?)(?=^    \w|\Z)", body, re.MULTILINE | re.DOTALL)
    return {name: " ".join(text.split()) for name, text in found}


def _options(target: Any) -> dict[str, str]:
    documented = _items(target.__init__, "Args")
    arguments = inspect.signature(target.__init__).parameters.values()
    return {
        each.name: documented.get(each.name, "")
        for each in arguments
        if each.kind is each.KEYWORD_ONLY and each.default is not each.empty
    }


@cache
def _spec_fields() -> list[dict[str, str]]:
    documented = _items(ServiceSpec, "Attributes")
    return [
        {
            "name": field.name,
            "default": _default(field),
            "description": re.split(r"(?<=\.)\s", documented.get(field.name, ""))[0],
        }
        for field in dataclasses.fields(ServiceSpec)
    ]


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return repr(field.default)
    return "" if field.default_factory is dataclasses.MISSING else repr(field.default_factory())
