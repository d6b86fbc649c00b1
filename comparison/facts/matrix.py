"""The matrix: one table for each group of questions, one row for each target."""

from collections.abc import Callable, Sequence

from comparison.facts import settings
from comparison.facts.docs import DocumentedFact, DocumentedFacts
from comparison.facts.model import Cell, Table, TargetFacts
from comparison.facts.permissions import Permission, Role, summarize_actions, without_account
from comparison.facts.placement import Placement
from deployment.assembly import SpecField
from deployment.console import plural, seconds

SUPPORTED = "supported"
UNKNOWN = "unknown"
NOT_RUN = "not run"
# The option that adds an automatic rollback to a target without one.
_ROLLBACK_OPTION = "canary_interval"

Row = Callable[[TargetFacts, DocumentedFacts], tuple[Cell, ...]]


def tables(
    targets: Sequence[TargetFacts], spec_fields: Sequence[SpecField], documented: DocumentedFacts
) -> tuple[Table, ...]:
    """Return every table of the matrix."""
    contract = Table(
        id="contract",
        title="Service spec",
        how_to_read=f"{SUPPORTED}: the template changes with the field, which a test verifies for every target; "
        "otherwise the construct's reason why its platform does not support the field.",
        columns=tuple(field.name for field in spec_fields),
        rows={target.id: _contract(target, spec_fields) for target in targets},
    )
    rest = (
        Table(
            id=id_,
            title=title,
            how_to_read=how_to_read,
            columns=columns,
            rows={target.id: row(target, documented) for target in targets},
        )
        for id_, title, how_to_read, columns, row in _TABLES
    )
    return (contract, *rest)


def from_template(text: str) -> Cell:
    """Return a cell with a setting of the template; an empty text becomes "none"."""
    return Cell(text=text or "none", origin="template")


def list_from_template(entries: Sequence[str]) -> Cell:
    """Return a cell with a list of the template; an empty list becomes "none"."""
    return Cell(text="; ".join(entries) or "none", origin="template", entries=tuple(entries))


def from_run(text: str) -> Cell:
    """Return a cell with a result of the local run; an empty text becomes "not run"."""
    return Cell(text=text, origin="run") if text else Cell(text=NOT_RUN)


def from_docs(fact: DocumentedFact | None) -> Cell:
    """Return a cell with a fact from AWS's documentation; without one it is unknown."""
    if fact is None:
        return Cell(text=UNKNOWN)
    text = f"{fact.text} (disputed: {fact.dispute})" if fact.dispute else fact.text
    return Cell(text=text, origin="docs", source=fact.source, checked_on=fact.checked_on.isoformat())


def _contract(target: TargetFacts, spec_fields: Sequence[SpecField]) -> tuple[Cell, ...]:
    reasons = target.unsupported_fields
    return tuple(
        Cell(text=reasons[field.name], origin="construct") if field.name in reasons else from_template(SUPPORTED)
        for field in spec_fields
    )


def _scaling(target: TargetFacts, documented: DocumentedFacts) -> tuple[Cell, ...]:
    found = target.workload
    return (
        from_template(str(found.min_replicas)),
        from_template("the account's quota" if found.max_replicas is None else str(found.max_replicas)),
        from_template("yes" if found.min_replicas == 0 else "no"),
        from_template(found.scaling_metric),
        from_docs(documented.get((target.platform, "scaling_speed"))),
    )


def _limits(target: TargetFacts, documented: DocumentedFacts) -> tuple[Cell, ...]:
    timeout_s = settings.request_timeout_s(target.template)
    timeout = from_docs(documented.get((target.platform, "request_timeout")))
    if timeout_s is not None:
        text = f"{timeout_s:g} s; {timeout.text}" if timeout.origin else f"{timeout_s:g} s"
        origin = timeout.origin or "template"
        timeout = Cell(text=text, origin=origin, source=timeout.source, checked_on=timeout.checked_on)
    ports = ", ".join(map(str, settings.container_ports(target.template)))
    return (
        timeout,
        from_docs(documented.get((target.platform, "request_body"))),
        from_template(ports or "none; receives events"),
        from_docs(documented.get((target.platform, "gpu"))),
        _or_documented(
            target.workload.architecture or target.placement.architecture, target, "architecture", documented
        ),
        from_docs(documented.get((target.platform, "supported_architectures"))),
    )


def _rollout(target: TargetFacts, documented: DocumentedFacts) -> tuple[Cell, ...]:
    found = settings.rollout(target.template)
    rollback = found.rollback if found else ""
    if rollback == settings.NO_ROLLBACK and _ROLLBACK_OPTION in target.options:
        rollback = f"{rollback}; with `{_ROLLBACK_OPTION}`, {settings.ERROR_RATE_ALARM}"
    alarm = "yes" if target.template.resources_of("AWS::CloudWatch::Alarm") else ""
    return (
        _or_documented(found.strategy if found else "", target, "deployment_strategy", documented),
        _or_documented(rollback, target, "rollback", documented),
        _or_documented(alarm, target, "alarm", documented),
    )


def _isolation(target: TargetFacts, documented: DocumentedFacts) -> tuple[Cell, ...]:
    own = "virtual machine: each replica has an EC2 instance of yours"
    return (
        _or_documented(own if target.placement.replicas_per_instance == 1 else "", target, "isolation", documented),
        from_docs(documented.get((target.platform, "aws_patches"))),
        from_docs(target.you_patch),
    )


def _placement(target: TargetFacts, documented: DocumentedFacts) -> tuple[Cell, ...]:
    found, local_run = target.placement, target.local_run
    used = local_run.memory_mib if local_run else None
    startup_s = local_run.startup_s if local_run else None
    patches = from_docs(target.you_patch)
    below = ", ".join(target.you_patch.items[1:]) or "nothing" if target.you_patch else patches.text
    note = ", without the start of an instance" if found.instance_type else ""
    return (
        from_template(_runs_on(found)),
        _or_documented(_density(found), target, "density", documented),
        from_template(_billed(found)),
        from_run("" if used is None else f"{used:.0f} MiB, {100 * used / found.billed_mib:.1f} %"),
        from_run("" if startup_s is None else f"{seconds(startup_s)}{note}"),
        from_docs(documented.get((target.platform, "instance_startup"))),
        Cell(text=below, origin=patches.origin, source=patches.source, checked_on=patches.checked_on),
    )


def _runs_on(found: Placement) -> str:
    if found.instance_mib is None:
        return "capacity of AWS"
    assumed = ", assumed" if found.selected_by_aws else ""
    return f"{found.instance_type}, {found.instance_mib:,.0f} MiB{assumed}"


def _density(found: Placement) -> str:
    if found.replicas_per_instance is None:
        return ""
    if found.replicas_that_fit:
        return f"{found.replicas_per_instance}; {found.replicas_that_fit} would fit"
    return f"up to {found.replicas_per_instance}"


def _billed(found: Placement) -> str:
    text = f"{found.billed_mib:,.0f} MiB"
    if not found.min_replicas:
        return f"{text}, while it handles requests"
    return f"{text}; {found.billed_mib_when_full:,.0f} MiB on full instances" if found.billed_mib_when_full else text


def _network(target: TargetFacts, documented: DocumentedFacts) -> tuple[Cell, ...]:
    return (
        from_template("; ".join(settings.public_endpoints(target.template))),
        from_template(settings.replica_addresses(target.template)),
        _or_documented("; ".join(settings.open_ports(target.template)), target, "open_ports", documented),
    )


def _permissions(target: TargetFacts, _: DocumentedFacts) -> tuple[Cell, ...]:
    own = [role for role in target.roles if role.is_application_role]
    statements = _statements(own)
    resources = dict.fromkeys(resource for one in statements for resource in one.resources)
    patterns = [without_account(resource) for resource in resources if "*" in resource and resource != "*"]
    return (
        list_from_template([str(len(statements)), *(name for role in own for name in role.managed_policies)]),
        list_from_template(summarize_actions(_on_any_resource(own))),
        list_from_template(patterns),
        list_from_template([_role(role) for role in target.roles if not role.is_application_role]),
    )


def _statements(roles: Sequence[Role]) -> list[Permission]:
    return [permission for role in roles for permission in role.permissions]


def _on_any_resource(roles: Sequence[Role]) -> list[str]:
    return [action for one in _statements(roles) if "*" in one.resources for action in one.actions]


def _role(role: Role) -> str:
    count = [plural(len(role.permissions), "statement")] if role.permissions or not role.managed_policies else []
    wildcards = [f"{action} on any resource (*)" for action in summarize_actions(_on_any_resource([role]))]
    assumed_by = ", ".join(name.removesuffix(".amazonaws.com") for name in role.assumed_by)
    return f"{role.construct_path} ({assumed_by}): {', '.join([*count, *wildcards, *role.managed_policies])}"


def _observability(target: TargetFacts, documented: DocumentedFacts) -> tuple[Cell, ...]:
    percent = settings.trace_sampling_percent(target.template)
    groups = [
        f"{path}: {f'{days} days' if days else 'never expire'}" for path, days in settings.log_groups(target.template)
    ]
    return (
        from_template("none" if percent is None else f"{percent:g} % of new traces, to X-Ray"),
        _or_documented(settings.log_destination(target.template), target, "log_destination", documented),
        from_template("; ".join(groups)),
        from_template(", ".join(settings.retained_resources(target.template)) or "nothing"),
        from_docs(documented.get((target.platform, "left_behind"))),
    )


def _or_documented(text: str, target: TargetFacts, topic: str, documented: DocumentedFacts) -> Cell:
    """The template's setting; without one, AWS's default; "none" if neither is known."""
    fact = documented.get((target.platform, topic))
    return from_docs(fact) if fact and not text else from_template(text)


_TABLES: tuple[tuple[str, str, str, tuple[str, ...], Row], ...] = (
    (
        "scaling",
        "Scaling",
        "Minimum and maximum are numbers of replicas. A target that scales to zero runs nothing while it is idle; the "
        "next request waits for a cold start.",
        ("minimum", "maximum", "scales to zero", "scaling metric", "scaling speed"),
        _scaling,
    ),
    (
        "limits",
        "Limits",
        "Longer or larger requests are rejected or cut off before the service handles them.",
        ("request timeout", "request body", "port", "GPU", "architecture", "supported architectures"),
        _limits,
    ),
    (
        "rollout",
        "Deployment and rollback",
        "The alarm monitors the error rate; the second column says whether it triggers a rollback.",
        ("deployment strategy", "automatic rollback on", "error rate alarm"),
        _rollout,
    ),
    (
        "isolation",
        "Isolation and patching",
        "Replicas are isolated by virtual machines or by containers; you patch what AWS does not.",
        ("isolation of replicas", "AWS patches", "you patch"),
        _isolation,
    ),
    (
        "placement",
        "Placement and memory",
        "An EC2 instance of your own runs one replica; ECS and EKS place several on an instance, which is assumed to "
        "be of the cheapest type that fits a replica. The local run cannot measure how long an instance boots, what "
        "its operating system uses or how replicas compete: all of its containers share one kernel.",
        (
            "runs on",
            "replicas per instance",
            "billed per replica",
            "used, local run",
            "first response, local run",
            "instance startup",
            "you patch below the image",
        ),
        _placement,
    ),
    (
        "network",
        "Network exposure",
        "Public endpoints, IP addresses of the replicas, and ingress rules of the security groups.",
        ("public endpoint", "replica addresses", "open ports"),
        _network,
    ),
    (
        "permissions",
        "Permissions (IAM)",
        "The first three columns describe the application role, with which the code runs. A resource of * is any "
        "resource of the account; a pattern is limited to the stack's own account and Region unless it names others. "
        "AWS managed policies are listed with their roles. Each target's section below lists every statement with "
        "its actions and ARNs.",
        ("statements", "on any resource (*)", "on a pattern", "other roles"),
        _permissions,
    ),
    (
        "observability",
        "Traces, logs and clean-up",
        "The last two columns list what remains after `cdk destroy`: resources that the template retains, and those "
        "that the platform leaves behind. Service-linked roles remain, at no charge.",
        ("traces", "log destination", "log retention", "retained", "left behind by AWS"),
        _observability,
    ),
)
