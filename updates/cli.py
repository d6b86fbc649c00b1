"""The command line: `python -m updates`."""

import difflib
import shlex

import click

from deployment.console import Progress, make_console, plural, show
from deployment.errors import ActionableError
from updates import facts, report
from updates.facts import Facts
from updates.findings import SHARED, WITH_OPTIONS

HELP = """Show what a change does to a running service, on every target.

\b
Examples:
  python -m updates                       every change on every target
  python -m updates --target ecs-fargate  one target, with consequences
  python -m updates --change port         resources that a change touches
  python -m updates --target ecs-fargate --change port
                                          one target and change
  python -m updates --check               compute everything, and compare
  python -m updates --write               compute everything, and record it

The verdicts are computed from the templates before and after a change, from
AWS's resource schemas, and from the rules of Kubernetes, Helm and the load
balancer. They do not tell how long an update takes.

Without --change, --check or --write, the command shows the verdicts recorded
in comparison/facts/updates.json, and does not synthesise the app.

\b
Exit status:
  0  success
  1  a replacement or an interruption is not declared in
     updates/declared.toml, the recorded verdicts are out of date, or there
     is no such target or change
  2  invalid option
"""


@click.command(help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--target", metavar="ID", help="Show one target only, such as ecs-fargate; shared: the shared stacks.")
@click.option("--change", metavar="ID", help="Explain one change, such as port: the resources that it touches.")
@click.option("--check", is_flag=True, help="Compute every change, and compare with comparison/facts/updates.json.")
@click.option("--write", is_flag=True, help="Compute every change, and write comparison/facts/updates.json.")
def main(*, target: str | None, change: str | None, check: bool, write: bool) -> None:
    """Print the table, explain a change, or compute all verdicts."""
    if (check or write) and (target, change) != (None, None):
        raise click.UsageError("--check and --write compute every change on every target: omit --target and --change")
    if check or write:
        _compute(write=write)
        return
    recorded = facts.read()
    _require("target", target, [*recorded["targets"], SHARED])
    if change is not None:
        _explain(recorded, target, change)
    else:
        show(make_console(), report.of_target(recorded, target) if target is not None else report.table(recorded))


def _explain(recorded: Facts, target: str | None, change: str) -> None:
    # Loads the CDK, which takes seconds.
    from updates.matrix import compute

    if not change.strip():
        _require("change", change, [one["id"] for one in recorded["changes"]])
    # The documentation shows an option once if setting and resetting it have the same verdict, and a context value as
    # the CDK CLI takes it.
    name = change.removeprefix("-c ")
    matrix = compute([name] if name != change else [name, f"{name} on", f"{name} off"])
    # A change that is not recorded yet can be explained, too.
    if not matrix.changes:
        _require("change", change, [one["id"] for one in recorded["changes"]])
    targets = [target] if target else [*recorded["targets"], SHARED]
    for number, found_change in enumerate(matrix.changes):
        if number:
            click.echo()
        show(make_console(), report.of_change(matrix, found_change.id, targets))
    found = [one for one in matrix.undeclared if one[1] in targets]
    if found:
        raise _undeclared(len(found))


def _compute(*, write: bool) -> None:
    from updates import workloads
    from updates.matrix import compute

    with Progress(make_console()) as progress, progress.step("updates", "synthesise") as step:
        of_workloads = workloads.compute()
        matrix = compute(report=lambda done, total: step.update(f"{done} of {total}", "changes"))
        step.update(plural(len(matrix.changes) + len(of_workloads.changes), "change"))
    problems = [*report.undeclared(matrix), *report.undeclared(of_workloads)]
    for line in problems:
        click.echo(line, err=True)
    if problems:
        raise _undeclared(len(problems))
    recorded = facts.read() if facts.FILE.exists() or not write else None
    computed = facts.with_workloads(facts.facts_of(matrix, recorded), of_workloads)
    name = facts.FILE.relative_to(facts.FILE.parents[2])
    if write:
        facts.write(computed)
        click.echo(f"wrote {name}")
    elif differing := list(facts.differences(recorded or {}, computed)):
        raise ActionableError(f"{name} is out of date", "\n".join(differing), facts.WRITE)


def _require(what: str, name: str | None, allowed: list[str]) -> None:
    if name is not None and name not in allowed:
        shown = [one for one in allowed if not one.endswith(WITH_OPTIONS)]
        near = difflib.get_close_matches(name, shown, n=1)
        fix = f"python -m updates --{what} {shlex.quote(near[0])}" if near else "use one of these"
        raise ActionableError(f"there is no {what} {name!r}", f"allowed: {', '.join(shown)}", fix)


def _undeclared(count: int) -> ActionableError:
    return ActionableError(
        f"{plural(count, 'finding')} not declared, or declared and not found",
        "a change replaces or interrupts a part of a running service",
        "change the construct, or declare it in updates/declared.toml with its consequence and a way around",
    )
