"""`python -m comparison cost` and `python -m comparison prices`."""

import dataclasses
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import boto3
import click

from comparison.costs import data, formats, price_formats
from deployment.assembly import Assembly
from deployment.console import error_text, make_console, show
from deployment.errors import ActionableError
from local_aws.machine import lifecycle
from pricing.prices import FILE, PriceList
from pricing.refresh import ENDPOINT_REGION, refresh, write
from pricing.report import CostReport, cost_report
from pricing.synthesis import parse_spec_overrides, synthesize_with
from pricing.usage import Usage

Form = Literal["terminal", "markdown", "json"]
_FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "markdown", "json"]),
    help="How to print it.  [default: terminal]",
)
_SHORT = {"memory_mib": ["--memory"]}
COST_HELP = """What each target costs a month, priced from its template.

\b
Examples:
  python -m comparison cost
      the default service, 10 requests a second
  python -m comparison cost --requests-per-second 200 --hours-a-day 8
      more of them, during office hours
  python -m comparison cost --target ecs-fargate
      one bill, resource by resource
  python -m comparison cost --service memory_mib=2048 --service cpu=1024
      copies of another size
  python -m comparison cost --format json
      everything, and what any load can be priced from

Sizes and scaling are the templates'. With --service, the app is synthesised
for a service that differs.

Exit status: 0 done, 1 nothing to price or values out of range, 2 not
understood.
"""


def _with_load(command: Callable[..., None]) -> Callable[..., None]:
    """One option for each field of the load."""
    for each in reversed(dataclasses.fields(Usage)):
        names = [f"--{each.name.replace('_', '-')}", *_SHORT.get(each.name, [])]
        text = each.metadata["text"][0].upper() + each.metadata["text"][1:]
        number = int if each.name == "always_on" else float
        command = click.option(*names, type=number, default=each.default, show_default=True, help=f"{text}.")(command)
    return command


@click.command(help=COST_HELP)
@_with_load
@click.option("--target", help="Show one target's bill, resource by resource; json has every bill.")
@_FORMAT
@click.option(
    "--assembly",
    type=click.Path(file_okay=False, path_type=Path),
    help="The cloud assembly to price.  [default: the last local run's]",
)
@click.option("--service", multiple=True, metavar="FIELD=VALUE", help="Synthesise the app for another service first.")
@click.pass_context
def cost(
    context: click.Context,
    /,
    *,
    target: str | None,
    form: Form | None,
    assembly: Path | None,
    service: tuple[str, ...],
    **usage: Any,
) -> None:
    """Price the targets of an assembly."""
    given = context.parent.params if context.parent else {}
    directory = given.get("directory", lifecycle.DEFAULT_DIRECTORY)
    path = assembly or given.get("assembly") or directory / "cdk.out"
    try:
        found = _report(path, parse_spec_overrides(service), Usage(**usage))
        if target:
            found.estimate(target)  # An unknown one is an error in every form.
        form = form or _asked_of(context)
        if form == "terminal":
            show(make_console(), formats.as_terminal(found, target))
        else:
            click.echo(formats.as_markdown(found, target) if form == "markdown" else data.as_json(found))
    except ActionableError as error:
        _fail(error)


def _report(path: Path, fields: Mapping[str, object], usage: Usage) -> CostReport:
    if not fields:
        return cost_report(Assembly.load(path), usage, PriceList.load())
    with synthesize_with(fields) as (assembly, unsupported_target):
        return cost_report(assembly, usage, PriceList.load(), fields, unsupported_target)


@click.command()
@click.option("--refresh", "anew", is_flag=True, help="Read them anew from AWS's price list first, and write the file.")
@_FORMAT
@click.option("--file", type=click.Path(dir_okay=False, path_type=Path), default=FILE, help="Where the prices are.")
@click.pass_context
def prices(context: click.Context, /, *, anew: bool, form: Form | None, file: Path) -> None:
    """Show the unit prices with their pages and dates.

    A refresh asks the API pricing:GetProducts, which is free and needs credentials of any AWS account.

    Exit status: 0 done, 1 the prices cannot be read or had, 2 not understood.
    """
    try:
        found = PriceList.load(file)
        if anew:
            refreshed = refresh(found, _client())
            write(refreshed.prices, file)
            click.echo("\n".join(price_formats.of_refresh(refreshed)), err=True)
            found = refreshed.prices
    except ActionableError as error:
        _fail(error)
    form = form or _asked_of(context)
    if form == "terminal":
        show(make_console(), price_formats.as_terminal(found))
    else:
        click.echo(price_formats.as_markdown(found) if form == "markdown" else price_formats.as_json(found).rstrip())


def _asked_of(context: click.Context) -> Form:
    """The form that the comparison itself was asked for; there is no page of a single command."""
    asked = context.parent.params.get("form") if context.parent else None
    return asked if asked in ("markdown", "json") else "terminal"


def _client() -> Any:
    make: Callable[..., Any] = boto3.client
    return make("pricing", region_name=ENDPOINT_REGION)


def _fail(error: ActionableError) -> None:
    show(make_console(sys.stderr), error_text(error))
    sys.exit(1)
