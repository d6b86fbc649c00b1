"""The facts that are due for a check, the links that failed, and the facts by platform, as documents."""

import datetime
from collections import Counter
from collections.abc import Sequence

from comparison.document import Cell, Document, Paragraph, Section, Table, cells, numbers, texts
from comparison.facts.dataset import Dataset, Fact
from comparison.facts.docs import CONFIDENCE
from comparison.formatting import NO_VALUE
from comparison.link_check import LinkState
from deployment.console import plural


def older_than(facts: Sequence[Fact], days: int, today: datetime.date) -> list[Fact]:
    """Return the facts that were checked more than that many days ago, the oldest first."""
    limit = (today - datetime.timedelta(days=days)).isoformat()
    return sorted(
        (fact for fact in facts if fact.checked_on and fact.checked_on < limit), key=lambda fact: str(fact.checked_on)
    )


def facts_document(
    facts: Sequence[Fact], days: int, today: datetime.date, links: Sequence[LinkState] | None = None
) -> Document:
    """Build the list of facts that are due for a check, and of the links that are not open as they were.

    Args:
        facts: the facts that have a date.
        days: the age from which on a fact is listed.
        today: the day of the command.
        links: the state of the pages. Default: not checked.
    """
    old = older_than(facts, days, today)
    oldest = min((fact.checked_on for fact in facts if fact.checked_on), default=NO_VALUE)
    head = f"{len(old)} of {plural(len(facts), 'fact')} are older than {days} days; the oldest check was on {oldest}"
    table = Table(
        "old-facts",
        columns=texts("fact", "checked on", "page"),
        rows=[cells(fact.id, str(fact.checked_on), ", ".join(fact.sources) or NO_VALUE) for fact in old],
        is_records=True,
    )
    sections = [Section("", [Paragraph(head), *([table] if old else [])])]
    return Document([*sections, *([_links(links)] if links is not None else [])])


def _links(links: Sequence[LinkState]) -> Section:
    count = Counter(link.state for link in links)
    states = ", ".join(f"{number} {state}" for state, number in sorted(count.items()))
    found = [link for link in links if link.state != "open"]
    table = Table(
        "links",
        columns=texts("page", "state", "facts"),
        rows=[cells(link.url, f"{link.state}: {link.detail}", ", ".join(link.facts)) for link in found],
        is_records=True,
    )
    return Section("Links", [Paragraph(f"{plural(len(links), 'page')}: {states}"), *([table] if found else [])])


def dataset_table(found: Dataset) -> Table:
    """Build the table of the number of facts about each platform, by confidence."""
    rows = []
    for platform in found.platforms:
        own = [fact for fact in found.facts if fact.platform == platform.id]
        count = Counter(fact.confidence for fact in own)
        oldest = min((fact.checked_on for fact in own if fact.checked_on), default=NO_VALUE)
        amounts = (str(count[level]) if count[level] else NO_VALUE for level in CONFIDENCE)
        rows.append(
            (
                Cell(platform.id if platform.is_target else platform.name, is_code=platform.is_target),
                *cells(str(len(own)), *amounts, oldest),
            )
        )
    return Table(
        "facts", columns=[*texts("platform"), *numbers("facts", *CONFIDENCE), *texts("oldest check")], rows=rows
    )
