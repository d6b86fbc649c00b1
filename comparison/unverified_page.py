"""The generated part of `docs/unverified.md`: a section for each subject, with one entry for each statement."""

from collections.abc import Iterator, Sequence

from comparison.facts.unverified import OTHER_SUBJECTS, Statement


def unverified_page(statements: Sequence[Statement], targets: Sequence[str]) -> str:
    """Render the statements as Markdown; the heading of each is its id, so that a link leads to it.

    Args:
        statements: all statements.
        targets: ids of all targets, in the order of their sections.
    """
    subjects = ["all", *targets, *(subject for subject in OTHER_SUBJECTS if subject != "all")]
    return "\n\n".join(
        part for subject in subjects for part in _section(subject, [one for one in statements if one.target == subject])
    )


def _section(subject: str, statements: Sequence[Statement]) -> Iterator[str]:
    if not statements:
        return
    yield f"## {OTHER_SUBJECTS.get(subject, f'`{subject}`')}"
    for one in statements:
        lines = [f"- **Check**: {one.check}", f"- **If it is false**: {one.risk}"]
        if one.evidence:
            lines.append(f"- **Evidence**: {one.evidence}")
        yield f"### {one.id}\n\n{one.statement}\n\n" + "\n".join(lines)
