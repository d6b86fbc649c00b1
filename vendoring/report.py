"""The texts that `python -m vendoring` prints."""

from collections.abc import Iterator, Mapping, Sequence

from deployment.console import plural
from updates.effects import Effects
from vendoring.changelog import Section
from vendoring.folder import Files
from vendoring.merge import Merge


def changed_files(before: Files, after: Files) -> list[str]:
    """Return a line for each file that differs: `+` added, `-` removed, `~` changed."""
    lines = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            lines.append(f"{'+' if old is None else '-'} {name}")
        elif old.replace(b"\r\n", b"\n") != new.replace(b"\r\n", b"\n"):
            lines.append(f"~ {name}")
    return lines


def status(version: str, edited: Sequence[str], newest: str) -> Iterator[str]:
    """Yield what a copied folder is."""
    yield f"version   {version}"
    yield f"newest    {newest}"
    yield f"edited    {plural(len(edited), 'file') if edited else 'no file'}"
    yield from (f"  {line}" for line in edited)


def changes(base: str, new: str, sections: Sequence[Section], files: Sequence[str]) -> Iterator[str]:
    """Yield what changed between two versions."""
    yield f"{base} → {new}"
    for section in sections:
        yield ""
        yield f"changelog of {section.version}"
        yield from (f"  {line}" if line else "" for line in section.text.splitlines())
    yield ""
    yield f"{plural(len(files), 'file')} changed in the release"
    yield from (f"  {line}" for line in files)


def versions(base: str, new: str, sections: Sequence[Section], folder: str) -> Iterator[str]:
    """Yield the versions of an upgrade, and where to read what changed."""
    yield f"{base} → {new}"
    if sections:
        yield f"changelog: {', '.join(section.version for section in sections)}"
        yield f"  python -m vendoring status {folder}"


def merged(result: Merge, mine: Files) -> Iterator[str]:
    """Yield what the merge changes in the copied folder, and its conflicts."""
    files = changed_files(mine, result.files)
    yield f"{plural(len(files), 'file')} of your folder would change"
    yield from (f"  {line}" for line in files)
    if result.conflicts:
        yield f"{plural(len(result.conflicts), 'conflict')}"
        width = max(map(len, result.conflicts))
        yield from (f"  {name:<{width}}  {kind}" for name, kind in sorted(result.conflicts.items()))


def preview(found: Effects) -> Iterator[str]:
    """Yield what AWS would do to the running services."""
    if not found.changes:
        yield "the templates stay the same"
        return
    yield f"{plural(len(found.changes), 'resource')} would change"
    counts: Mapping[str, int] = {
        action: sum(change.action == action for change in found.changes)
        for action in ("added", "removed", "modified", "replaced")
    }
    yield "  " + ", ".join(f"{count} {action}" for action, count in counts.items() if count)
    for change in found.rolling:
        yield f"  rolling      {change.type} {change.stack}/{change.logical_id}"
    for finding in found.findings:
        where = f" ({finding.property})" if finding.property else ""
        yield f"  {finding.kind:<12} {finding.type} {finding.stack}/{finding.logical_id}{where}"
        yield f"               {finding.consequence}"
        yield from (f"               {entry}" for entry in finding.cascade)
    interrupted = {(one.stack, one.logical_id) for one in found.findings}
    for change in found.replaced:
        if change.key not in interrupted:
            yield f"  replaced     {change.type} {change.stack}/{change.logical_id}: no effect on requests or data"
    if not found.findings:
        yield "nothing is replaced in a way that interrupts requests or loses data"
