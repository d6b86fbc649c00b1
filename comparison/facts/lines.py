"""The lines of the matrix: for one target, the cells of one table."""

from collections.abc import Sequence

from comparison.constructs import SpecField
from comparison.facts.cells import UNKNOWN, Cell, both, first, ran, stated, told
from comparison.facts.model import TargetFacts
from comparison.facts.statements import Statements
from comparison.templates import limits as limit
from comparison.templates import network as net
from comparison.templates.rollout import rollout as ordered
from local_aws.screen.marks import seconds

HONOURED = "followed"


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
    here = limit.architecture(target.template)
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
    nobody = "nothing by itself: deploy the version before"
    return (
        first(*[told(found.how)] if found else [], stated(said.get((target.id, "rollout")))),
        first(*[told(found.goes_back or nobody)] if found else [], stated(said.get((target.id, "goes_back")))),
        told("yes" if target.template.of("AWS::CloudWatch::Alarm") else "none in the template"),
    )


def isolation(target: TargetFacts, said: Statements) -> tuple[Cell, ...]:
    """What separates copies, their density, who patches, and what the local run measured."""
    measured = target.measured
    memory = f"{measured.memory_mib:.0f} MiB" if measured and measured.memory_mib is not None else ""
    return (
        stated(said.get((target.id, "separates"))),
        stated(said.get((target.id, "density"))),
        stated(said.get((target.id, "aws_patches"))),
        stated(target.you_patch),
        ran(seconds(measured.start_s) if measured else ""),
        ran(memory),
    )


def network(target: TargetFacts, _: Statements) -> tuple[Cell, ...]:
    """The way in, addresses, open ports."""
    entrances = "; ".join(net.entrances(target.template))
    open_ports = "; ".join(net.open_ports(target.template))
    return (told(entrances), told(net.addresses(target.template)), told(open_ports))


def permissions(target: TargetFacts, _: Statements) -> tuple[Cell, ...]:
    """Statements and wildcards of the code's role, and the other roles."""
    own = [permission for role in target.roles if role.runs_the_code for permission in role.permissions]
    others = [role for role in target.roles if not role.runs_the_code]
    anything = [action for one in own if "*" in one.resources for action in one.actions]
    patterns = [resource for one in own for resource in one.resources if "*" in resource and resource != "*"]
    return (
        told(str(len(own))),
        told(", ".join(anything)),
        told(", ".join(patterns)),
        told(", ".join(f"{role.place} ({', '.join(role.assumed_by)})" for role in others)),
        told(", ".join(name for role in target.roles for name in role.managed)),
    )


def records(target: TargetFacts, said: Statements) -> tuple[Cell, ...]:
    """Traces, output, log groups, and what deleting leaves."""
    share = limit.sampled_percent(target.template)
    groups = [f"{place}: {f'{days} days' if days else 'for ever'}" for place, days in limit.log_groups(target.template)]
    return (
        told("set in a file of its bundle" if share is None else f"{share:g} % of new traces, sent to X-Ray"),
        stated(said.get((target.id, "output"))),
        told("; ".join(groups)),
        told(", ".join(limit.retained(target.template)) or "nothing"),
        stated(said.get((target.id, "leaves"))),
    )
