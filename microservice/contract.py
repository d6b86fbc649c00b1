"""What every target gives back, whatever it is made of."""

import dataclasses
import inspect
import re
from collections.abc import Mapping
from dataclasses import MISSING
from typing import ClassVar, Protocol

from aws_cdk import aws_iam as iam
from constructs import Construct

from .spec import ServiceSpec

TARGET_METADATA = "microservice:target"


class Microservice(Protocol):
    """A service that runs somewhere. Structural: targets inherit from `Construct` only, never from this.

    Attributes:
        FIXED_BY_PLATFORM: Field of `ServiceSpec` -> why this platform ignores it. A field that is not here changes the
            template when it changes; a test holds every target to that.
        TARGET_ID: The target's name for people and programs, such as `ecs-fargate`.
    """

    FIXED_BY_PLATFORM: ClassVar[Mapping[str, str]]
    TARGET_ID: ClassVar[str]

    @property
    def url(self) -> str:
        """Where the service answers: always https, without a slash at the end."""
        ...

    @property
    def role(self) -> iam.IRole:
        """What the code runs as. The stack grants permissions to it."""
        ...


def record_target(construct: Construct, target_id: str, fixed_by_platform: Mapping[str, str]) -> None:
    """Write the target into the cloud assembly, where programs find it without importing any stack."""
    type_ = type(construct)
    summary, _, rest = inspect.cleandoc(type_.__doc__ or "").partition("\n")
    paragraphs = re.split(r"^(?:Attributes|Args|Example):", rest, flags=re.MULTILINE)[0].strip()
    options = [
        name for name, each in inspect.signature(type_.__init__).parameters.items() if each.default is not each.empty
    ]
    construct.node.add_metadata(
        TARGET_METADATA,
        {
            "id": target_id,
            "construct": type_.__name__,
            "module": type_.__module__.partition(".")[2],
            "summary": summary,
            "description": [" ".join(each.split()) for each in re.split(r"\n\s*\n|\n(?=Choose it|Do not)", paragraphs)],
            "options": dict.fromkeys(options, ""),
            "unsupported_fields": dict(fixed_by_platform),
            "spec_fields": _spec_fields(),
        },
    )


def _spec_fields() -> list[Mapping[str, str]]:
    documented = re.findall(
        r"^    (\w+): (.+?)(?=\n    \w|\n\n|\Z)", inspect.getdoc(ServiceSpec) or "", re.MULTILINE | re.DOTALL
    )
    texts = {name: re.split(r"(?<=\.)\s", " ".join(text.split()))[0] for name, text in documented}
    return [
        {
            "name": field.name,
            "default": "{}"
            if field.default_factory is dict
            else ""
            if field.default is MISSING
            else repr(field.default),
            "description": texts.get(field.name, ""),
        }
        for field in dataclasses.fields(ServiceSpec)
    ]
