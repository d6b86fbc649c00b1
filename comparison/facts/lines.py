"""The lines of the matrix: for one target, the cells of one table."""

from collections.abc import Sequence

from comparison.constructs import SpecField
from comparison.facts.cells import UNKNOWN, Cell, both, first, listed, stated, told
from comparison.facts.model import TargetFacts
from comparison.facts.statements import Statements
from comparison.templates import limits as limit
from comparison.templates import network as net
from comparison.templates.permissions import Permission, Role, in_brief, without_account
from comparison.templates.rollout import ALARM, NOTHING, Rollout
from comparison.templates.rollout import rollout as ordered
from deployment.console.marks import plural

HONOURED = "followed"
_WATCHED = "blue_green"


def contract(target: TargetFacts, spec: Sequence[SpecField]) -> tuple[Cell, ...]:
    """Which fields the target follows, and why it cannot follow the others."""
    fixed = target.row.fixed_by_platform
    return tuple(
        Cell(text=fixed[field.name], origin="construct") if field.name in fixed else told(HONOURED) for field in spec
    )


def scaling(target: TargetFacts, said: Statements) -> tuple[Cell, ...]:
    """From, to, to zero, by what, how fast."""
    found, speed = target.scaling, stated(said.get((target.id, "speed")))
    if found is None:
        return (*[Cell(text=UNKNOWN)] * 4, speed)
    most = "the account's quota" if found.most is None else str(found.most)
    return (told(str(found.least)), told(most), told("yes" if found.least == 0 else "no"), told(found.by), speed)


def limits(target: TargetFacts, said: Statements) -> tuple[Cell, ...]:
    """Time-out, body, ports, GPU, architecture here and possible."""
    time_out = limit.time_out_s(target.template)
    here = limit.architecture(target.template) or target.machines.architecture
    ports = ", ".join(map(str, limit.ports(target.template)))
    page = stated(said.get((target.id, "time_out")))
    return (
        page if time_out is None else both(told(f"{time_out:g} s"), page),
        stated(said.get((target.id, "body"))),
        told(ports or "none: events are handed over"),
        stated(said.get((target.id, "gpu"))),
        told(here) if here else stated(said.get((target.id, "built_for"))),
        stated(said.get((target.id, "architectures"))),
    )


def rollout(target: TargetFacts, said: Statements) -> tuple[Cell, ...]:
    """How a version takes over, what takes it back, whether an alarm watches."""
    found = ordered(target.template)
    alarm = "yes" if target.template.of("AWS::CloudWatch::Alarm") else ""
    return (
        first(*[told(found.how)] if found else [], stated(said.get((target.id, "rollout")))),
        first(*[told(_goes_back(found, target))] if found else [], stated(said.get((target.id, "goes_back")))),
        _told_or(alarm, target, "alarm", said),
    )


def _goes_back(found: Rollout, target: TargetFacts) -> str:
    """What takes a version back here; where nothing does, by which option something would."""
    option = f"; with `{_WATCHED}`, {ALARM}" if found.goes_back == NOTHING and _WATCHED in target.options else ""
    return f"{found.goes_back}{option}"


def isolation(target: TargetFacts, said: Statements) -> tuple[Cell, ...]:
    """What separates copies, and who patches."""
    of_its_own = "the virtual machine: each copy has an instance of yours, and the container on it"
    separates = told(of_its_own) if target.machines.copies == 1 else stated(said.get((target.id, "separates")))
    return (separates, stated(said.get((target.id, "aws_patches"))), stated(target.you_patch))


def network(target: TargetFacts, said: Statements) -> tuple[Cell, ...]:
    """The way in, addresses, open ports."""
    entrances = "; ".join(net.entrances(target.template))
    open_ports = _told_or("; ".join(net.open_ports(target.template)), target, "open_ports", said)
    return (told(entrances), told(net.addresses(target.template)), open_ports)


def permissions(target: TargetFacts, _: Statements) -> tuple[Cell, ...]:
    """Statements and wildcards of the code's role, and the other roles with theirs, each with its managed policies."""
    own = [role for role in target.roles if role.runs_the_code]
    others = [role for role in target.roles if not role.runs_the_code]
    found = {resource: None for one in _permissions(own) for resource in one.resources}
    patterns = [without_account(resource) for resource in found if "*" in resource and resource != "*"]
    managed = [name for role in own for name in role.managed]
    return (
        listed([str(len(_permissions(own))), *managed]),
        listed(in_brief(_on_anything(own))),
        listed(patterns),
        listed([_in_words(role) for role in others]),
    )


def _permissions(roles: Sequence[Role]) -> list[Permission]:
    return [permission for role in roles for permission in role.permissions]


def _on_anything(roles: Sequence[Role]) -> list[str]:
    """Actions on `*`, which is anything in the account."""
    return [action for one in _permissions(roles) if "*" in one.resources for action in one.actions]


def _in_words(role: Role) -> str:
    count = [plural(len(role.permissions), "statement")] if role.permissions or not role.managed else []
    anything = [f"{action} on any resource (*)" for action in in_brief(_on_anything([role]))]
    assumed_by = ", ".join(name.removesuffix(".amazonaws.com") for name in role.assumed_by)
    return f"{role.place} ({assumed_by}): {', '.join([*count, *anything, *role.managed])}"


def records(target: TargetFacts, said: Statements) -> tuple[Cell, ...]:
    """Traces, output, log groups, and what deleting leaves."""
    share = limit.sampled_percent(target.template)
    groups = [f"{place}: {f'{days} days' if days else 'for ever'}" for place, days in limit.log_groups(target.template)]
    return (
        told("none" if share is None else f"{share:g} % of new traces, sent to X-Ray"),
        _told_or(limit.output(target.template), target, "output", said),
        told("; ".join(groups)),
        told(", ".join(limit.retained(target.template)) or "nothing"),
        stated(said.get((target.id, "leaves"))),
    )


def _told_or(text: str, target: TargetFacts, topic: str, said: Statements) -> Cell:
    """What the template says; where it says nothing, what AWS does; "none" where nobody says anything."""
    statement = said.get((target.id, topic))
    return stated(statement) if statement and not text else told(text)
