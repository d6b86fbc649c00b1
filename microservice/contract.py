"""What every target gives back, whatever it is made of."""

from collections.abc import Mapping
from typing import ClassVar, Protocol

from aws_cdk import aws_iam as iam
from constructs import Construct

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
    construct.node.add_metadata(
        TARGET_METADATA,
        {"id": target_id, "construct": type(construct).__name__, "fixed_by_platform": dict(fixed_by_platform)},
    )
