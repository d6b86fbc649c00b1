"""The generated parts of `docs/unverified.md`: a section for each subject, with one entry for each statement."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from comparison.facts.contributed import Record, Settlement
from comparison.facts.unverified import OTHER_SUBJECTS, Statement
from deployment.console import plural
from deployment.drills import A_PERSON, LEVELS

_LINE_LENGTH = 118
NO_RECORD = (
    "No record of a run in an AWS account has been contributed yet: "
    "[contribute the first one](sandbox.md#contribute-a-record)."
)

Settlements = Mapping[str, Sequence[Settlement]]


def unverified_page(statements: Sequence[Statement], targets: Sequence[str], settled: Settlements | None = None) -> str:
    """Render the statements as Markdown; the heading of each is its id, so that a link leads to it.

    Args:
        statements: all statements.
        targets: ids of all targets, in the order of their sections.
        settled: id of a statement -> what contributed records say about it. Default: nothing.
    """
    settled = settled or {}
    subjects = ["all", *targets, *(subject for subject in OTHER_SUBJECTS if subject != "all")]
    return "\n\n".join(
        part
        for subject in subjects
        for part in _section(subject, [one for one in statements if one.target == subject], settled)
    )


def levels_text(statements: Sequence[Statement], targets: Sequence[str]) -> str:
    """Render how many statements a run of each level settles.

    Args:
        statements: all statements.
        targets: ids of all targets.
    """
    counts = {level: sum(one.is_settled_by(level, targets) for one in statements) for level in LEVELS}
    person = sum(one.is_for_a_person for one in statements)
    return _wrapped(
        f"On all targets, a smoke run can settle {counts['smoke']} of the {plural(len(statements), 'statement')}, "
        f"a full run {counts['full']}, and a slow run {counts['slow']}. {person} take a person."
    )


def records_text(statements: Sequence[Statement], records: Sequence[Record], settled: Settlements) -> str:
    """Render which statements the contributed records refute, and which they prove.

    Args:
        statements: all statements.
        records: the records.
        settled: id of a statement -> what they say about it.
    """
    if not records:
        return _wrapped(NO_RECORD)
    refuted = [one for one in statements if _is_refuted(one, settled)]
    proven = [one for one in statements if one.id in settled and one not in refuted]
    text = (
        f"{plural(len(records), 'record').capitalize()} of runs in AWS accounts: {len(refuted)} of "
        f"{plural(len(statements), 'statement')} refuted, {len(proven)} proven. Refuted statements are the first of "
        "their sections."
    )
    lines = (
        _wrapped(f"- **{verdict}**: [{one.id}](#{one.id}), {settled[one.id][0].record.place_and_date}", "  ")
        for verdict, ones in (("refuted", refuted), ("proven", proven))
        for one in ones
    )
    return "\n\n".join([_wrapped(text), *filter(None, ["\n".join(lines)])])


def _section(subject: str, statements: Sequence[Statement], settled: Settlements) -> Iterator[str]:
    if not statements:
        return
    yield f"## {OTHER_SUBJECTS.get(subject, f'`{subject}`')}"
    for one in sorted(statements, key=lambda one: not _is_refuted(one, settled)):
        items = {
            "Result": "; ".join(map(_result, settled.get(one.id, ()))),
            "Check": one.check,
            "Settled by": _settled_by(one),
            "If it is false": one.risk,
            "Evidence": one.evidence,
        }
        lines = [_wrapped(f"- **{label}**: {text}", "  ") for label, text in items.items() if text]
        yield f"### {one.id}\n\n{_wrapped(one.statement)}\n\n" + "\n".join(lines)


def _is_refuted(statement: Statement, settled: Settlements) -> bool:
    return any(one.verdict == "refuted" for one in settled.get(statement.id, ()))


def _result(found: Settlement) -> str:
    evidence = found.record.evidence
    link = f"[{evidence.run}](evidence/{found.record.file})"
    return f"{found.verdict} in {evidence.region} on {evidence.date}, run {link}"


def _settled_by(statement: Statement) -> str:
    if statement.is_for_a_person:
        return f"{A_PERSON}. {statement.reason}"
    drills = " and ".join(statement.drills)
    return f"{drills}, with {statement.variant}." if statement.variant else f"{drills}."


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, _LINE_LENGTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
