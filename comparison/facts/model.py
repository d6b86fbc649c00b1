"""What is known about one target, and about the run that measured it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from comparison.facts.machines import Machines
from comparison.facts.statements import Statement
from comparison.rows import Row
from comparison.templates.permissions import Role
from comparison.templates.scaling import Scaling
from comparison.templates.template import Template


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the last local run found out about a target; see `deployment.results.TargetResult`.

    Attributes:
        stand_ins: the tool that started its containers, and what ran its resources in place of AWS.
        not_shown: what AWS does for it beside that, which nothing here does.
        start_s: seconds from the start of its stack's deployment to the first good answer.
    """

    outcome: str
    reason: str = ""
    runs_as: str = ""
    engine: str = ""
    stand_ins: tuple[str, ...] = ()
    not_shown: str = ""
    deploy_s: float | None = None
    healthy_s: float | None = None
    start_s: float | None = None
    requests: int = 0
    p50_ms: float | None = None
    p99_ms: float | None = None
    memory_mib: float | None = None


@dataclass(frozen=True, kw_only=True)
class TargetFacts:
    """One target.

    Attributes:
        row: what the README's table says.
        paragraphs: the construct's own words.
        options: what the construct can be told beside what it must be.
        needs: (stack, resources) of every stack that must be there first.
        kinds: (resource type, number), most frequent first.
        closed: why new accounts cannot have it; None where they can.
        you_patch: what is left to patch; None where nobody looked.
        machines: what its copies lie on.
    """

    row: Row
    paragraphs: tuple[str, ...]
    options: tuple[str, ...]
    template: Template = field(repr=False)
    needs: tuple[tuple[str, int], ...]
    kinds: tuple[tuple[str, int], ...]
    scaling: Scaling | None
    roles: tuple[Role, ...]
    closed: Statement | None
    you_patch: Statement | None
    machines: Machines
    measured: Measured | None

    @property
    def id(self) -> str:
        """The target's name."""
        return self.row.target


@dataclass(frozen=True, kw_only=True)
class Run:
    """The last local run.

    Attributes:
        started_at: ISO 8601, UTC.
        engine: kind, version and detail.
        machine: what it ran on; "" where the run did not say.
        image_mib: unpacked, its base included; None where no image was built.
        image_pull_mib: compressed, as it is pulled; None where nobody asked the registry.
        steps: step -> seconds.
    """

    started_at: str
    engine: str
    machine: str
    image_digest: str
    image_mib: float | None
    image_pull_mib: float | None
    steps: Mapping[str, float]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One sentence that answers one question, and what it assumes.

    Attributes:
        target: the answer; "" where there is none.
        sentence: why it is the answer.
        instead: what is said in place of a target where there is none.
    """

    question: str
    target: str
    sentence: str
    assumes: str
    instead: str = "none"

    @property
    def headline(self) -> str:
        """The answer in a word or two."""
        return self.target or self.instead
