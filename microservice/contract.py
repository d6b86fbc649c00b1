"""What every target gives back, whatever it is made of."""

from collections.abc import Mapping
from typing import ClassVar, Protocol

from aws_cdk import aws_iam as iam


class Microservice(Protocol):
    """A service that runs somewhere. Structural: targets inherit from `Construct` only, never from this.

    Attributes:
        FIXED_BY_PLATFORM: Field of `ServiceSpec` -> why this platform ignores it. A field that is not here changes the
            template when it changes; a test holds every target to that.
        TARGET_ID: The target's name for people and programs, such as `ecs-fargate`.
        url: Where the service answers, always https.
        role: What the code runs as. Permissions are granted to it by the stack.
    """

    FIXED_BY_PLATFORM: ClassVar[Mapping[str, str]]
    TARGET_ID: ClassVar[str]

    @property
    def url(self) -> str: ...

    @property
    def role(self) -> iam.IRole: ...
