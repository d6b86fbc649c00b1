"""The model of everything that the comparison shows: every screen, page and file is rendered from it alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from comparison.facts.contributed import Record
from comparison.facts.docs import DocumentedFact, UncoveredPlatform
from comparison.facts.permissions import Role
from comparison.facts.placement import Placement
from comparison.facts.updates import Updates
from deployment.assembly import SpecField
from deployment.errors import ActionableError
from deployment.template import Template
from pricing.prices import Price
from pricing.report import CostReport
from pricing.sizes import ReplicaSize
from pricing.workload import Workload


@dataclass(frozen=True, kw_only=True)
class LocalRun:
    """A target's results in the last local run; see `deployment.results.TargetResult`.

    Attributes:
        outcome: "passed", "failed" or "not run".
        reason: why it failed or was not run; "" otherwise.
        runs_as: such as "2 containers".
        engine: the tool that started its containers.
        emulated_by: what this project runs in place of AWS's control planes.
        not_shown: what AWS does in addition, and the local run does not.
        deploy_s: seconds that CloudFormation took for its stack.
        healthy_s: seconds from then to the first successful response.
        startup_s: the sum of both.
        requests: number of measured requests.
        p50_ms: median latency of reading an order, in milliseconds.
        p99_ms: 99th percentile of the same.
        memory_mib: resident memory of its largest container, in MiB.
    """

    outcome: str
    reason: str = ""
    runs_as: str = ""
    engine: str = ""
    emulated_by: tuple[str, ...] = ()
    not_shown: str = ""
    deploy_s: float | None = None
    healthy_s: float | None = None
    startup_s: float | None = None
    requests: int = 0
    p50_ms: float | None = None
    p99_ms: float | None = None
    memory_mib: float | None = None


@dataclass(frozen=True, kw_only=True)
class TargetFacts:
    """Everything about one target.

    Attributes:
        id: such as "ecs-fargate"; see `deployment.assembly.Target`.
        platform: ID of the target alone, to which documented facts belong.
        summary: what it is and what you pay for: the first line of the construct's documentation.
        description: the paragraphs after it.
        construct: class name of the construct.
        source_file: the construct's file below `microservice/`; "" if the assembly does not say.
        construct_lines: its lines that are not blank; 0 if there is no such file.
        options: optional constructor argument -> its documentation.
        unsupported_fields: field of the service spec -> why the platform does not support it.
        stack: name of its own stack.
        resource_count: resources of that stack, without those of other services.
        template_lines: lines of its template, indented by one space per level.
        template: the template.
        dependencies: (stack, number of resources) of every stack that it depends on, in deploy order.
        resource_types: (resource type, number), most frequent first.
        workload: replicas, size and scaling.
        roles: the IAM roles of its template.
        closed_to_new_customers: since when; None if the platform is available.
        you_patch: what is left for you to patch; None if unknown.
        local_execution: what runs it in the local run; None if unknown.
        placement: what its replicas run on.
        local_run: results of the last local run; None without one.
    """

    id: str
    platform: str
    summary: str
    description: tuple[str, ...]
    construct: str
    source_file: str
    construct_lines: int
    options: Mapping[str, str]
    unsupported_fields: Mapping[str, str]
    stack: str
    resource_count: int
    template_lines: int
    template: Template = field(repr=False)
    dependencies: tuple[tuple[str, int], ...]
    resource_types: tuple[tuple[str, int], ...]
    workload: Workload
    roles: tuple[Role, ...]
    closed_to_new_customers: DocumentedFact | None
    you_patch: DocumentedFact | None
    local_execution: DocumentedFact | None
    placement: Placement
    local_run: LocalRun | None


@dataclass(frozen=True, kw_only=True)
class Run:
    """The last local run.

    Attributes:
        started_at: ISO 8601, UTC.
        engine: container engine, version and detail.
        host: the computer that the run used; "" if unknown.
        image_digest: digest of the service's image.
        image_mib: unpacked size, base image included; None if no image was built.
        image_pull_mib: compressed size, as pulled; None if unknown.
        steps: step -> seconds.
        seconds: duration of the run.
    """

    started_at: str
    engine: str
    host: str
    image_digest: str
    image_mib: float | None
    image_pull_mib: float | None
    steps: Mapping[str, float]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer to one question, such as "Which target is cheapest?".

    Attributes:
        question: the question.
        target: the target that is the answer; "" if none is.
        sentence: the reason.
        assumptions: what the answer assumes.
        fallback: what to show in place of a target.
    """

    question: str
    target: str
    sentence: str
    assumptions: str
    fallback: str = "none"

    @property
    def headline(self) -> str:
        """The answer in one or two words."""
        return self.target or self.fallback


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of the matrix.

    Attributes:
        text: a few words.
        origin: "template", "construct", "run" or "docs"; "" for what is unknown.
        source: URL of the AWS page, where the origin is "docs".
        checked_on: day on which that page was read, ISO 8601.
        entries: the text entry by entry, where it is a list; joined with "; " in `text`.
    """

    text: str
    origin: str = ""
    source: str = ""
    checked_on: str = ""
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of the matrix.

    Attributes:
        id: for links.
        title: heading.
        how_to_read: an explanation.
        columns: headings.
        rows: target -> one cell for each column.
    """

    id: str
    title: str
    how_to_read: str
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[Cell, ...]]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All facts.

    Attributes:
        targets: in the assembly's order.
        spec_fields: fields of the service spec.
        answers: cheapest, simplest and fastest.
        tables: the matrix.
        costs: the cost report for the default usage.
        sizes: all targets at each replica size, the app's own first.
        prices: the unit prices that the costs use.
        not_covered: AWS's other container platforms.
        updates: what a change does to a running service.
        run: the last local run; None without one.
        records: the contributed records of runs in AWS accounts, the oldest first.
    """

    targets: tuple[TargetFacts, ...]
    spec_fields: tuple[SpecField, ...]
    answers: tuple[Answer, ...]
    tables: tuple[Table, ...]
    costs: CostReport
    sizes: tuple[ReplicaSize, ...]
    prices: tuple[Price, ...]
    not_covered: tuple[UncoveredPlatform, ...]
    updates: Updates
    run: Run | None
    records: tuple[Record, ...]

    def target(self, id_: str) -> TargetFacts:
        """Return a target by its id.

        Raises:
            ActionableError: the assembly has no such target.
        """
        for target in self.targets:
            if target.id == id_:
                return target
        known = ", ".join(target.id for target in self.targets)
        raise ActionableError(f"unknown target {id_!r}", f"the assembly has {known}", "name one of these")
