"""The command line: `python -m vendoring`."""

from collections.abc import Iterable
from pathlib import Path

import click

from deployment.errors import ActionableError
from vendoring import changelog, releases, report
from vendoring.folder import RECORD, Files, digest, identity, read_folder, record, replace_folder
from vendoring.merge import Merge, merge
from vendoring.releases import Release

HELP = """Create a project with a copy of microservice/, and upgrade a copy.

\b
Examples:
  python -m vendoring new ../my-service --target ecs-fargate
                                          a project with one target
  python -m vendoring status ../my-service/microservice
                                          version, edits, what is new
  python -m vendoring upgrade ../my-service/microservice
                                          what an upgrade would do
  python -m vendoring upgrade ../my-service/microservice --write
                                          upgrade the copy

\b
Exit status:
  0  success
  1  conflicts, an app that does not synthesise, an unknown version, or a
     folder that is not empty
  2  invalid option
"""
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group(help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run a command."""


@main.command()
@click.argument("directory", type=_FOLDER)
@click.option("--target", required=True, metavar="ID", help="The target, such as ecs-fargate.")
def new(*, directory: Path, target: str) -> None:
    """Create a project: the app, one stack, tests, and a copy of microservice/.

    The last part of DIRECTORY is the name of the service.
    """
    # Loads the CDK, which takes seconds.
    from vendoring.project import create

    _print(create(directory, target))


@main.command()
@click.argument("folder", type=_FOLDER)
@click.option("--base", metavar="VERSION", default="", help="The release that was copied. Default: FOLDER says.")
def status(*, folder: Path, base: str) -> None:
    """Show the version of a copied FOLDER, your edits, and what changed since."""
    mine = read_folder(folder)
    copied, newest = _base(mine, base), releases.current()
    _print(report.status(copied.version, _edits(copied, mine), newest.version))
    click.echo()
    _print(_news(copied, newest))


@main.command()
@click.argument("folder", type=_FOLDER)
@click.option("--base", metavar="VERSION", default="", help="The release that was copied. Default: FOLDER says.")
@click.option("--to", metavar="VERSION", default="", help="The release to upgrade to. Default: this checkout.")
@click.option("--app", metavar="COMMAND", default="", help="The command of your app. Default: app of cdk.json.")
@click.option("--before", type=_FOLDER, help="Cloud assembly of what is deployed. Default: your app as it is.")
@click.option("--no-synth", is_flag=True, help="Merge without a preview of the resources.")
@click.option("--write", is_flag=True, help="Replace FOLDER with the merged files: all of them or none.")
@click.option("--with-conflicts", is_flag=True, help="With --write: also write files with conflict markers.")
def upgrade(
    *,
    folder: Path,
    base: str,
    to: str,
    app: str,
    before: Path | None,
    no_synth: bool,
    write: bool,
    with_conflicts: bool,
) -> None:
    """Merge a release into a copied FOLDER, and show what AWS would replace.

    Without --write, nothing is written.
    """
    mine = read_folder(folder)
    copied = _base(mine, base)
    newer = releases.of_version(to) if to else releases.current()
    result = merge(base=_with_record(copied), theirs=_with_record(newer), mine={**mine, RECORD: _record(copied)})
    sections = list(changelog.between(copied.version, newer.version))
    _print(report.versions(copied.version, newer.version, sections, str(folder)))
    click.echo()
    _print(report.merged(result, mine))
    if result.conflicts and not (write and with_conflicts):
        raise _conflicts(result)
    if not no_synth and not result.conflicts:
        click.echo()
        _preview(folder, result.files, app=app, before=before)
    if write:
        replace_folder(folder, result.files)
        click.echo(f"\nwrote {folder}")
    if result.conflicts:
        raise _conflicts(result)


@main.command("record")
def write_record() -> None:
    """Write the version and hash of microservice/ to its release.json."""
    files = read_folder(releases.FOLDER)
    (releases.FOLDER / RECORD).write_bytes(record(files))
    click.echo(f"wrote {releases.FOLDER.name}/{RECORD}")


@main.command()
def release() -> None:
    """Write the archive of the version of microservice/ to releases/."""
    newest = releases.current()
    if not newest.version.replace(".", "").isdigit():
        raise ActionableError(
            f"{newest.version} is not the version of a release",
            "__version__ in microservice/__init__.py ends with .dev0 between two releases",
            "set the version there and in CHANGELOG.md, and run `python -m vendoring record`",
        )
    if newest.version not in [section.version for section in changelog.sections()]:
        raise ActionableError(
            f"CHANGELOG.md has no section of {newest.version}", "", f"rename its section {changelog.UNRELEASED}"
        )
    file = releases.write_archive(newest.version, newest.files)
    click.echo(f"wrote {file.relative_to(releases.ROOT)}\ngit tag v{newest.version}")


def _preview(folder: Path, files: Files, *, app: str, before: Path | None) -> None:
    # Loads the schemas, which takes a second.
    from updates.effects import effects_of
    from vendoring import preview

    project = preview.project_of(folder)
    path = folder.resolve()
    old = preview.read_assembly(before) if before else preview.templates(project, path, app=app)
    try:
        new_ones = preview.templates(project, path, files, app=app)
    except ActionableError as error:
        raise ActionableError(
            "your app does not synthesise with the merged folder",
            error.cause,
            "the changelog above lists renamed names. Save what is deployed with `cdk synth -o ../deployed`, edit the "
            "app for the new version, and pass --before ../deployed; or pass --no-synth",
        ) from error
    _print(report.preview(effects_of(old, new_ones)))


def _base(files: Files, version: str) -> Release:
    return releases.of_version(version) if version else releases.find(identity(files))


def _record(one: Release) -> bytes:
    """The record of a release: those before 0.3.0 have none, and a folder that was copied may lack it."""
    return one.files.get(RECORD) or record(one.files)


def _with_record(one: Release) -> Files:
    return {**one.files, RECORD: _record(one)}


def _edits(copied: Release, mine: Files) -> list[str]:
    before = {name: content for name, content in copied.files.items() if name != RECORD}
    return report.changed_files(before, {name: content for name, content in mine.items() if name != RECORD})


def _news(copied: Release, newer: Release) -> Iterable[str]:
    if digest(copied.files) == digest(newer.files):
        return [f"{copied.version} is up to date"]
    files = report.changed_files(copied.files, newer.files)
    return report.changes(copied.version, newer.version, list(changelog.between(copied.version, newer.version)), files)


def _conflicts(result: Merge) -> ActionableError:
    return ActionableError(
        f"{len(result.conflicts)} of the files have conflicts",
        "you and the release changed the same lines",
        "write them with markers: --write --with-conflicts, then search the folder for <<<<<<<",
    )


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
