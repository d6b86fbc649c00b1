"""The command line: `python -m comparison`."""

import dataclasses
import datetime
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from comparison import generated_parts as generated
from comparison import page
from comparison.baseline import both_sides
from comparison.change import compare_apps
from comparison.change_document import change_document, summary
from comparison.cost_document import bill_document, cost_document, prices_document
from comparison.diff import compare, diff_document
from comparison.document import Document
from comparison.facts import dataset
from comparison.facts_document import facts_document, older_than
from comparison.formats import json_data, markdown, terminal
from comparison.inputs import Inputs
from comparison.link_check import check_links
from comparison.overview import overview, shareable_overview
from comparison.workloads_document import workloads_document
from deployment.assembly import Assembly
from deployment.console import make_console, plural, show
from deployment.credentials import session_of, settings_as_messages
from deployment.errors import ActionableError
from deployment.paths import DEFAULT_DIRECTORY, REPOSITORY, require_writable
from deployment.target_ids import require_documented
from pricing.ingress import INGRESSES, IngressChoice
from pricing.prices import FILE, PriceList
from pricing.refresh import ENDPOINT_REGION, RefreshResult, refresh
from pricing.refresh import write as write_prices
from pricing.report import CostReport, cost_report
from pricing.synthesis import parse_spec_overrides, synthesize_with
from pricing.usage import Usage
from pricing.workloads import WorkloadUsage, workload_costs

HELP = """Compare the targets: their templates, their cost, and the results of the last local run.

\b
Examples:
  python -m comparison                          write the page
  python -m comparison --format terminal        print the same facts
  python -m comparison --format markdown        without measurements
  python -m comparison --format json            for other programs
  python -m comparison diff ecs-fargate lambda  compare two templates
  python -m comparison change main              your change against main
  python -m comparison cost                     cost of a month
  python -m comparison prices                   unit prices and sources
  python -m comparison facts                    facts that are due for a check
  python -m comparison readme --write           generate parts of README.md
  python -m comparison docs --write             generate parts of docs/
  python -m comparison --assembly cdk.out --stage Prod cost
                                                one stage of your own app

\b
Reads the cloud assembly and results.json of the last run of
`python -m local_aws`. An app with several cdk.Stage is compared stage by
stage: --stage selects one. If an app or stack has several services of one
target, each has the ID TARGET:STACK/CONSTRUCT, such as
ecs-fargate:Shop/Orders.

Exit status: 0 success, 1 nothing to compare, a value out of range or a
generated part out of date, 2 invalid command or option.
"""
CHANGE_HELP = """Show what your change of the app changes: templates, cost, and running services.

\b
Examples:
  python -m comparison change main
      the working tree against a branch
  python -m comparison change HEAD
      what you have not committed yet
  python -m comparison change main --markdown
      the same for the description of a pull request
  python -m comparison change main --json
      for other programs
  python -m comparison change ../deployed/cdk.out --assembly cdk.out
      one cloud assembly against another

\b
The command prints, for each target that changes:
  resources        added (+), removed (-) and changed (~) in its stack
  idle, load       dollars a month after the change, and the difference
  update           what AWS does to a running service: in place, rolling,
                   replacement or rejected
Below the table are the resources that AWS replaces or interrupts, the items
of the bill, and each property that differs.

BASE is a commit, branch or tag, or the directory of a cloud assembly. A commit
is synthesised in a temporary git worktree with the installed packages; your
working tree stays as it is. If its uv.lock has other versions of the CDK, the
command says how to synthesise it elsewhere. Both sides have the unit prices of
the working tree. The command deploys nothing and needs no AWS account.

Exit status: 0 success, also if there are changes, 1 unknown BASE, an app that
does not synthesise or needs other dependencies, 2 invalid option.
"""
COST_HELP = """Compute the monthly cost of each target from its template.

\b
Examples:
  python -m comparison cost
      the default service, 10 requests per second
  python -m comparison cost --requests-per-second 200 --hours-a-day 8
      a higher load, during office hours
  python -m comparison cost --target ecs-fargate
      one bill, resource by resource
  python -m comparison cost --service memory_mib=2048 --service cpu=1024
      a different replica size
  python -m comparison cost --ingress http-api
      like with like: an HTTP API in front of every target
  python -m comparison cost --service architecture=arm64
      Graviton; targets that do not support it are named
  python -m comparison cost --compute-discount 20
      with a Savings Plan that saves 20 % of tasks, instances and functions
  python -m comparison cost --free-tier
      without what AWS's Free Tier gives to any account
  python -m comparison cost --format json
      all inputs for pricing any other load

Replica size and scaling come from the templates. --service synthesises the
app with another service spec first. Targets that do not support the spec are
named with the reason, and not priced.

Exit status: 0 success, 1 nothing to price or a value out of range, 2 invalid
option.
"""
PRICES_HELP = """Print the unit prices with their sources and dates.

\b
Examples:
  python -m comparison prices
  python -m comparison prices --refresh
      read them from the AWS price list first
  python -m comparison prices --refresh --region eu-west-1 --file eu.json
      the prices of another Region, for cost --prices eu.json

A refresh calls pricing:GetProducts, which is free of charge and needs
credentials of any AWS account.

Exit status: 0 success, 1 the prices cannot be read, 2 invalid option.
"""
FACTS_HELP = """List the facts about AWS's platforms that are due for a check.

\b
Examples:
  python -m comparison facts
      facts that were checked more than 180 days ago
  python -m comparison facts --older-than 30
      more than 30 days ago
  python -m comparison facts --check-links
      open every page, too: moved, changed or failed
  python -m comparison facts --json
      the same for other programs
  python -m comparison facts --write
      write the dataset of all facts

The dataset, docs/facts.json, has every fact with its origin, its confidence,
its sources and the day of their last check; docs/facts.schema.json describes
its form. A page is "changed" if its server says that it changed after
that day. After you have read it, update the fact and `checked_on` in
comparison/facts/platforms.toml. --write also reads the cloud assembly.

Exit status: 0 success, also if facts are old, 1 a page cannot be opened, there
is no network for --check-links, or there is no cloud assembly for --write, 2
invalid option.
"""
_SHORT_NAMES = {"memory_mib": ["--memory"]}
_PATH = click.Path(path_type=Path)
_STAGE = click.option(
    "--stage", default="", metavar="NAME", help="Stage (cdk.Stage) of that assembly.  [default: its only one]"
)
_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FORMAT = click.option(
    "--format",
    "format_",
    type=click.Choice(["terminal", "markdown", "json"]),
    help="Output format.  [default: terminal]",
)
_WRITE = click.option("--write/--check", default=False, help="Write the parts, or check them.  [--check]")


def _usage_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add one option for each field of `Usage`."""
    for field in reversed(dataclasses.fields(Usage)):
        names = [f"--{field.name.replace('_', '-')}", *_SHORT_NAMES.get(field.name, [])]
        text: str = field.metadata["text"]
        help_ = text if text.startswith("vCPU") else text[0].upper() + text[1:]
        type_ = int if field.name == "always_on" else float
        command = click.option(*names, type=type_, default=field.default, show_default=True, help=f"{help_}.")(command)
    return command


@click.group(help=HELP, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--format",
    "format_",
    type=click.Choice(["page", "terminal", "markdown", "json"]),
    default="page",
    show_default=True,
    help="Output format.",
)
@click.option(
    "--directory", type=_PATH, default=DEFAULT_DIRECTORY, help="Directory of the local run.  [default: build/local]"
)
@click.option("--assembly", type=_PATH, help="Cloud assembly to compare.  [default: that of the local run]")
@_STAGE
@click.option("--output", type=_FILE, help="File of the page.  [default: build/comparison/index.html]")
@click.pass_context
def main(
    context: click.Context, *, format_: str, directory: Path, assembly: Path | None, stage: str, output: Path | None
) -> None:
    """Write the page or print the same facts, unless there is a command."""
    inputs = Inputs(directory, assembly or directory / "cdk.out", output or page.default_path(directory), stage)
    context.obj = inputs
    if output is not None:
        require_writable(output, "--output")
    if context.invoked_subcommand is not None:
        return
    if format_ == "page":
        path = page.write(inputs.facts, inputs.page)
        show(make_console(), terminal.render(Document(overview(inputs.facts).sections[:2])))
        click.echo(f"\nopen {page.relative(path)}")
    elif format_ == "json":
        click.echo(json_data.facts_as_json(inputs.facts))
    else:
        _print(
            overview(inputs.facts) if format_ == "terminal" else shareable_overview(inputs.facts),
            format_,
            terminal.make_wide_console(),
        )


@main.command()
@click.argument("one")
@click.argument("other")
@click.pass_obj
def diff(inputs: Inputs, one: str, other: str) -> None:
    """Compare the templates of two targets: ONE and OTHER.

    Exit status: 0 success, 1 unknown target, 2 invalid option.
    """
    found = compare(inputs.template_facts.target(one), inputs.template_facts.target(other))
    show(terminal.make_wide_console(), terminal.render(diff_document(found)))


@main.command(help=CHANGE_HELP)
@click.argument("base")
@click.option("--assembly", type=_PATH, help="Cloud assembly after the change.  [default: synthesise the working tree]")
@_STAGE
@click.option("--markdown", "is_markdown", is_flag=True, help="Print Markdown, such as for $GITHUB_STEP_SUMMARY.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_context
def change(
    context: click.Context, /, *, base: str, assembly: Path | None, stage: str, is_markdown: bool, is_json: bool
) -> None:
    """Compare two versions of the app."""
    if is_markdown and is_json:
        raise click.UsageError("--markdown and --json exclude each other: pass one of them")
    given = context.parent.params["assembly"] if context.parent else None
    with both_sides(base, assembly or given, REPOSITORY, stage=stage or context.obj.stage) as (before, after):
        found = compare_apps(before.assembly, after.assembly, base=before.name, head=after.name)
    chosen = "markdown" if is_markdown else "json" if is_json else _group_format(context)
    if chosen == "json":
        click.echo(json_data.change_as_json(found))
    elif chosen == "markdown":
        click.echo(summary(found))
    else:
        show(make_console(), terminal.render(change_document(found)))


@main.command(help=COST_HELP)
@_usage_options
@click.option("--target", help="Print the bill of one target, resource by resource; JSON has all bills.")
@_FORMAT
@click.option("--assembly", type=_PATH, help="Cloud assembly to price.  [default: that of the local run]")
@_STAGE
@click.option("--prices", "file", type=_FILE, default=FILE, help="File of the prices.  [default: pricing/prices.json]")
@click.option(
    "--ingress",
    type=click.Choice(list(INGRESSES)),
    default="template",
    show_default=True,
    help="Ingress of all targets: that of each template, an HTTP API, or your own domain.",
)
@click.option(
    "--compute-discount",
    type=click.FloatRange(min=0, max=100, max_open=True),
    default=0,
    show_default=True,
    metavar="PERCENT",
    help="Discount on tasks, instances and functions, such as that of a Savings Plan or Spot.",
)
@click.option("--free-tier", is_flag=True, help="Leave out what AWS's Free Tier gives each month, to any account.")
@click.option("--service", multiple=True, metavar="FIELD=VALUE", help="Synthesise the app with this field of the spec.")
@click.pass_context
def cost(
    context: click.Context,
    /,
    *,
    target: str | None,
    format_: str | None,
    assembly: Path | None,
    stage: str,
    file: Path,
    ingress: IngressChoice,
    compute_discount: float,
    free_tier: bool,
    service: tuple[str, ...],
    **usage: Any,
) -> None:
    """Price the targets of an assembly."""
    overrides = parse_spec_overrides(service)
    if target is not None and overrides:
        require_documented([target])
    inputs = context.obj
    path, stage = assembly or inputs.path, stage or inputs.stage
    if not math.isfinite(compute_discount):
        raise click.BadParameter(f"{compute_discount} is not a percentage.", param_hint="--compute-discount")
    prices = dataclasses.replace(
        PriceList.load(file), has_free_tier=free_tier, compute_discount_percent=compute_discount
    )
    report = _cost_report(path, stage, overrides, Usage(**usage), prices, ingress)
    if target is not None:
        report.estimate(target)  # An unknown target is an error in every format.
    chosen = format_ or _group_format(context)
    if chosen == "json":
        click.echo(json_data.report_as_json(report))
    elif target is not None:
        _print(bill_document(report, target), chosen, make_console())
    else:
        _print(cost_document(report, with_bills=chosen == "markdown"), chosen, make_console())


def _workload_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for each field of `WorkloadUsage`."""
    for each in reversed(dataclasses.fields(WorkloadUsage)):
        name = f"--{each.name.replace('_', '-')}"
        command = click.option(name, each.name, type=float, default=each.default, show_default=True)(command)
    return command


@main.command()
@_workload_options
@_FORMAT
@click.pass_context
def workloads(context: click.Context, /, *, format_: str | None, **usage: float) -> None:
    """Price a worker and a scheduled job on ECS, EKS and Lambda.

    Exit status: 0 success, 1 a value is not valid, 2 invalid option.
    """
    found, list_ = WorkloadUsage(**usage), PriceList.load()
    chosen = format_ or _group_format(context)
    if chosen == "json":
        costs = [dataclasses.asdict(each) for each in workload_costs(found, list_)]
        click.echo(json.dumps({"usage": dataclasses.asdict(found), "costs": costs}, indent=2))
    else:
        _print(workloads_document(found, list_), chosen, make_console())


@main.command(help=PRICES_HELP, short_help="Print the unit prices with their sources and dates.")
@click.option("--refresh", "is_refresh", is_flag=True, help="Read the prices from the AWS price list first.")
@_FORMAT
@click.option("--file", type=_FILE, default=FILE, help="File of the prices.  [default: pricing/prices.json]")
@click.option("--region", metavar="NAME", help="With --refresh: read the prices of this Region into a --file.")
@click.pass_context
def prices(context: click.Context, /, *, is_refresh: bool, format_: str | None, file: Path, region: str | None) -> None:
    """Print the unit prices, and read them from AWS first."""
    if region is not None and (not is_refresh or file.resolve() == FILE):
        raise click.UsageError("--region needs --refresh, and a --file of its own: pricing/prices.json is of us-east-1")
    found = PriceList.load(FILE if region and not file.exists() else file)
    if is_refresh:
        require_writable(file, "--file")
        refreshed = refresh(found, _client(), found.region if region is None else region)
        write_prices(refreshed.prices, file)
        click.echo(_refresh_report(refreshed), err=True)
        found = refreshed.prices
    chosen = format_ or _group_format(context)
    if chosen == "json":
        click.echo(found.as_bytes().decode().rstrip())
    else:
        _print(prices_document(found, by_page=chosen == "terminal"), chosen, make_console())


@main.command()
@_WRITE
@click.option("--file", "path", type=_EXISTING_FILE, default=generated.README, help="File to check or write.")
@click.pass_obj
def readme(inputs: Inputs, *, write: bool, path: Path) -> None:
    """Check or write the generated parts of README.md.

    Exit status: 0 current or written, 1 out of date, 2 invalid option.
    """
    _write_or_check({path: generated.readme_parts(inputs.template_facts)}, generated.WRITE_README, write=write)


@main.command()
@_WRITE
@click.pass_obj
def docs(inputs: Inputs, *, write: bool) -> None:
    """Check or write the generated parts of the pages in docs/.

    Exit status: 0 current or written, 1 out of date, 2 invalid option.
    """
    parts = generated.docs_parts(inputs.template_facts, inputs.assembly)
    _write_or_check({generated.DOCS / name: found for name, found in parts.items()}, generated.WRITE_DOCS, write=write)


@main.command("facts", help=FACTS_HELP)
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(0, 36_500),
    default=180,
    show_default=True,
    metavar="DAYS",
    help="Age in days.",
)
@click.option("--check-links", "is_checking", is_flag=True, help="Open every page that a fact cites.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.option("--write", "is_writing", is_flag=True, help="Write docs/facts.json and docs/facts.schema.json.")
@click.pass_obj
def list_facts(inputs: Inputs, *, days: int, is_checking: bool, is_json: bool, is_writing: bool) -> None:
    """List facts that are due for a check, or write the dataset."""
    if is_writing:
        if is_checking or is_json:
            raise click.UsageError("--write writes the dataset: omit --check-links and --json")
        for path, text in dataset.files(inputs.template_facts).items():
            path.write_text(text)
            click.echo(f"wrote {path.relative_to(generated.REPOSITORY)}")
        return
    found, today = dataset.dated_facts(), datetime.date.today()
    links = check_links(found) if is_checking else None
    if is_json:
        click.echo(json_data.due_facts_as_json(older_than(found, days, today), links))
    else:
        _print(facts_document(found, days, today, links), "terminal", make_console())
    failed = [link for link in links or () if link.state == "failed"]
    if failed:
        cause = f"{failed[0].url}: {failed[0].detail}"
        raise ActionableError(
            f"{plural(len(failed), 'page')} cannot be opened", cause, "find its new URL, and read the facts there"
        )


def _print(document: Document, format_: str, console: Console) -> None:
    if format_ == "markdown":
        click.echo(markdown.render(document))
    else:
        show(console, terminal.render(document))


def _cost_report(
    path: Path,
    stage: str,
    overrides: Mapping[str, object],
    usage: Usage,
    prices: PriceList,
    ingress: IngressChoice,
) -> CostReport:
    if not overrides:
        return cost_report(Assembly.load(path, stage), usage, prices, ingress=ingress)
    with synthesize_with(overrides) as (assembly, unsupported):
        return cost_report(assembly, usage, prices, overrides, unsupported, ingress)


def _group_format(context: click.Context) -> str:
    """The format of the group, `python -m comparison --format markdown cost`; a single command writes no page."""
    found = context.parent.params.get("format_") if context.parent else None
    return found if found in ("markdown", "json") else "terminal"


def _write_or_check(parts: Mapping[Path, generated.Parts], fix: str, *, write: bool) -> None:
    if write:
        generated.write(parts)
    else:
        generated.check(parts, fix)


def _refresh_report(refreshed: RefreshResult) -> str:
    counts = f"{len(refreshed.read)} prices read, {len(refreshed.changed)} changed, {len(refreshed.kept)} kept"
    changed = (f"  {price}: {before:f} before, {now:f} now" for price, (before, now) in refreshed.changed.items())
    return "\n".join([counts, *changed, *(f"  {price} kept: {cause}" for price, cause in refreshed.kept.items())])


def _client() -> Any:
    with settings_as_messages():
        return session_of(None).client("pricing", region_name=ENDPOINT_REGION)
