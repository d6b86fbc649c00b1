"""The line of the table that compares machines: what copies lie on, how densely, and what of it is used."""

from dataclasses import replace

from comparison.facts.cells import Cell, ran, stated, told
from comparison.facts.machines import Machines
from comparison.facts.model import TargetFacts
from comparison.facts.statements import Statements
from deployment.console.marks import seconds


def machines(target: TargetFacts, said: Statements) -> tuple[Cell, ...]:
    """What a copy lies on, how many of them do, what is paid and used of it, and what starts how soon."""
    found, measured = target.machines, target.measured
    used = measured.memory_mib if measured else None
    share = "" if used is None else f"{used:.0f} MiB, {100 * used / found.paid_mib:.1f} %"
    return (
        told(_kind(found)),
        _copies(found) or stated(said.get((target.id, "density"))),
        told(_paid(found)),
        ran(share),
        ran(_start(target)),
        stated(said.get((target.id, "machine_start"))),
        _beneath(target),
    )


def _kind(found: Machines) -> str:
    if found.mib is None:
        return "a machine of AWS's"
    return f"{found.type}, {found.mib:,.0f} MiB{', assumed' if found.picked else ''}"


def _copies(found: Machines) -> Cell | None:
    if found.copies is None:
        return None
    more = f", where {found.would_fit} would fit" if found.would_fit else ""
    return told(f"{found.copies}{more or ' at most'}")


def _paid(found: Machines) -> str:
    """The MiB for each copy; those that always run are named where more of them would share a machine."""
    text = f"{found.paid_mib:,.0f} MiB"
    if not found.fewest:
        return f"{text}, while it answers"
    full = found.paid_full_mib
    return f"{text}; {full:,.0f} MiB where instances are full" if full else text


def _start(target: TargetFacts) -> str:
    if target.measured is None or target.measured.start_s is None:
        return ""
    return seconds(target.measured.start_s) + (", without a machine's start" if target.machines.type else "")


def _beneath(target: TargetFacts) -> Cell:
    if target.you_patch is None:
        return stated(None)
    return replace(stated(target.you_patch), text=", ".join(target.you_patch.parts[1:]) or "nothing")
