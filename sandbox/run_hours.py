"""Hours that the drills of a level take on each target: guesses, because no run in an account was measured yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deployment.drills import Level


@dataclass(frozen=True)
class Hours:
    """Hours by level.

    Attributes:
        smoke: of the level "smoke".
        full: of "full".
        slow: of "slow", which repeats drills with variants of the app that take until a timeout.
    """

    smoke: float
    full: float
    slow: float

    def of(self, level: Level) -> float:
        """Return the hours of a level."""
        return {"smoke": self.smoke, "full": self.full, "slow": self.slow}[level]


GUESSED_ON = "2026-11-28"
GUESSES: Mapping[str, Hours] = {
    "ecs-fargate": Hours(0.7, 3, 6),
    "ecs-express": Hours(0.7, 3.5, 3.5),
    "ecs-managed-instances": Hours(0.9, 4, 7.5),
    "eks-auto": Hours(1.2, 3, 5),
    "eks-fargate": Hours(1.2, 3, 3),
    "lambda": Hours(0.3, 1, 2),
    "app-runner": Hours(0.6, 3, 4),
    "beanstalk": Hours(1.2, 7, 8),
    "ec2-podman": Hours(0.9, 4, 5),
}
