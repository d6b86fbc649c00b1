"""The generated part of `docs/unverified.md`: a section for each subject, with one entry for each statement."""

import textwrap
from collections.abc import Iterator, Sequence

from comparison.facts.unverified import OTHER_SUBJECTS, Statement
from deployment.drills import A_PERSON

_LINE_LENGTH = 118


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
        items = {
            "Check": one.check,
            "Settled by": _settled_by(one),
            "If it is false": one.risk,
            "Evidence": one.evidence,
        }
        lines = [_wrapped(f"- **{label}**: {text}", "  ") for label, text in items.items() if text]
        yield f"### {one.id}\n\n{_wrapped(one.statement)}\n\n" + "\n".join(lines)


def _settled_by(statement: Statement) -> str:
    if statement.is_for_a_person:
        return f"{A_PERSON}. {statement.reason}"
    drills = " and ".join(statement.drills)
    return f"{drills}, with {statement.variant}." if statement.variant else f"{drills}."


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, _LINE_LENGTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
