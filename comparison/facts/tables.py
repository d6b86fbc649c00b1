"""The matrix: for each group of questions one table, a target a line."""

from collections.abc import Callable, Sequence

from comparison.constructs import SpecField
from comparison.facts import lines, machine_lines
from comparison.facts.cells import Cell, Table
from comparison.facts.model import TargetFacts
from comparison.facts.statements import Statements

Line = Callable[[TargetFacts, Statements], tuple[Cell, ...]]


def tables(targets: Sequence[TargetFacts], spec: Sequence[SpecField], statements: Statements) -> tuple[Table, ...]:
    """Return every table of the matrix."""
    contract = Table(
        id="contract",
        title="What a service asks for",
        how_to_read="followed: the template changes with the field, which a test holds every target to; anything else "
        "is the construct's reason why its platform cannot.",
        columns=tuple(field.name for field in spec),
        rows={target.id: lines.contract(target, spec) for target in targets},
    )
    rest = (
        Table(
            id=id_,
            title=title,
            how_to_read=how_to_read,
            columns=columns,
            rows={target.id: line(target, statements) for target in targets},
        )
        for id_, title, how_to_read, columns, line in _GROUPS
    )
    return (contract, *rest)


_GROUPS: tuple[tuple[str, str, str, tuple[str, ...], Line], ...] = (
    (
        "scaling",
        "Scaling",
        "From and to count copies; where a target goes to zero, nothing runs and the first request waits for a start.",
        ("from", "to", "to zero", "a copy more for", "how fast"),
        lines.scaling,
    ),
    (
        "limits",
        "Limits of a request and of a copy",
        "A request that is longer or larger is refused before the service sees it, or cut off.",
        ("time-out", "body", "ports", "GPU", "built for here", "can be built for"),
        lines.limits,
    ),
    (
        "rollout",
        "Rollout and rollback",
        "An alarm watches failing answers; whether it takes a deployment back, the middle says.",
        ("a new version takes over", "goes back by itself for", "an alarm of its own"),
        lines.rollout,
    ),
    (
        "isolation",
        "Isolation, and who patches what",
        "Between two copies stands a machine's border or a container's; what AWS does not patch is left to you.",
        ("between a copy and others", "AWS patches", "you patch"),
        lines.isolation,
    ),
    (
        "machines",
        "The virtual machine beside the container",
        "A machine of your own holds one copy; ECS and EKS fill an instance, assumed to be of the cheapest type that "
        "holds a copy. These figures cannot say how long a machine boots, what its system uses or how neighbours "
        "disturb each other: in the local run every copy is a container on one kernel.",
        (
            "runs on",
            "copies on one",
            "paid for a copy",
            "used of it, here",
            "first good answer, here",
            "a machine starts, by AWS",
            "you patch beneath it",
        ),
        machine_lines.machines,
    ),
    (
        "network",
        "Network exposure",
        "What answers on the internet, whether copies have public addresses, and which ports are open to whom.",
        ("way in", "copies' addresses", "open ports"),
        lines.network,
    ),
    (
        "permissions",
        "Permissions (IAM)",
        "The first three columns are of the role that the code runs as; a lone * as the resource is anything in the "
        "account, a pattern is bounded, in the stack's own account and Region where it names none. AWS's managed "
        "policies stand with the roles that have them. Every statement stands with its target below, each action and "
        "ARN in full.",
        ("statements", "on any resource (*)", "on a pattern", "other roles"),
        lines.permissions,
    ),
    (
        "records",
        "Traces, logs, and what is left",
        "The last two columns say what `cdk destroy` leaves: by order of the template, and by what the platform keeps; "
        "service-linked roles stay wherever a service made one, and are free.",
        ("traces", "output goes to", "log groups keep", "the template retains", "the platform leaves"),
        lines.records,
    ),
)
