"""The facts about all platforms as a dataset: `docs/facts.json`, whose form is `docs/facts.schema.json`.

The comparison page, the pages in `docs/` and this dataset are made from the same facts.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
import msgspec.structs

from comparison.facts import docs
from comparison.facts.contributed import Settlement, settlements
from comparison.facts.docs import CERTAIN, CONFIDENCE, DISPUTED, DOUBTFUL, LIKELY, NOT_STATED, TOPICS, Confidence
from comparison.facts.model import Cell, Facts
from comparison.facts.model import Table as MatrixTable
from comparison.facts.regions import read_regions
from comparison.facts.unverified import Statement, read_unverified
from deployment.target_ids import documented_targets

DOCS = Path(__file__).resolve().parents[2] / "docs"
FILE = DOCS / "facts.json"
SCHEMA_FILE = DOCS / "facts.schema.json"
WRITE = "python -m comparison facts --write"
SCHEMA: Final = 1
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_URL = re.compile(r"https://[^\s)]+[^\s).,;:]")
# Topics beside those of `platforms.toml`. A topic with a dot is a column of a table of the comparison.
_TOPICS = {
    "what_it_is": "what the platform is",
    "not_a_target": "why this project does not deploy the platform",
    "new_feature": "a feature that AWS added after the first templates of this project",
    "missing_in_regions": "a feature that the target needs, and the Regions that lack it",
    "unverified": "a statement that only an AWS account can confirm",
}

Origin = Literal["documentation", "templates", "constructs", "project", "unverified statement"]
_Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]+/[a-z0-9_.-]+$")]
_Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
_Link = Annotated[str, msgspec.Meta(pattern="^https?://")]


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One fact about one platform.

    Attributes:
        id: the platform and the topic, such as "lambda/gpu".
        platform: ID of the platform.
        topic: what the fact is about: a key of `topics`.
        text: the fact in a few words.
        items: the same as a list, where items are counted.
        origin: where it comes from. Facts from templates and constructs are about the app with its default options.
        confidence: how certain it is: a key of `confidence`.
        sources: URLs of pages that state it or, for "not stated", would state it. Empty for facts about the local run.
        checked_on: the day on which the pages were read, or that of the newest run that settles the statement. Null for
            what is computed, and for statements that no run has settled.
        dispute: what contradicts it. Null for nothing.
    """

    id: _Id
    platform: str
    topic: str
    text: Annotated[str, msgspec.Meta(min_length=1)]
    items: list[str] = []
    origin: Origin
    confidence: Confidence
    sources: list[_Link]
    checked_on: _Day | None
    dispute: str | None = None


class Platform(msgspec.Struct, frozen=True, kw_only=True):
    """One platform.

    Attributes:
        id: ID in kebab case.
        name: name of the platform.
        is_target: whether this project deploys it.
        page: its page in the documentation, relative to `docs/`.
    """

    id: Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]+$")]
    name: str
    is_target: bool
    page: str


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about the platforms on which AWS runs containers.

    Attributes:
        schema: version of this form.
        license: SPDX identifier of the licence.
        confidence: level -> its meaning.
        topics: topic -> its meaning.
        platforms: the targets of this project, then AWS's other platforms.
        facts: in the order of the platforms.
    """

    schema: Literal[1]
    license: Literal["MIT-0"]
    confidence: dict[str, str]
    topics: dict[str, str]
    platforms: list[Platform]
    facts: list[Fact]


def dataset(facts: Facts) -> Dataset:
    """Return the dataset."""
    platforms = _platforms()
    dated = dated_facts()
    order = {platform.id: number for number, platform in enumerate(platforms)}
    found = [
        fact
        for fact in (*dated, *_computed(facts.tables, dated), *_unverified(settlements(facts.records)))
        if fact.platform in order
    ]
    columns = {f"{table.id}.{_slug(column)}": f"{table.title}: {column}" for table, column in _columns(facts.tables)}
    used = {fact.topic for fact in found}
    return Dataset(
        schema=SCHEMA,
        license="MIT-0",
        confidence={str(level): text for level, text in CONFIDENCE.items()},
        topics={name: text for name, text in (TOPICS | _TOPICS | columns).items() if name in used},
        platforms=platforms,
        facts=sorted(found, key=lambda fact: order[fact.platform]),
    )


def dated_facts(path: Path = docs.FILE) -> list[Fact]:
    """Return the facts with the day of their last check.

    Raises:
        ActionableError: a file of facts is invalid.
    """
    return [*_documented(path), *_not_covered(path), *_abilities(path), *_missing_in_regions()]


def as_text(found: Dataset) -> str:
    """Return the dataset as JSON: the same bytes for the same facts."""
    data = {"$schema": SCHEMA_FILE.name, **msgspec.to_builtins(found)}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def schema_as_text() -> str:
    """Return the JSON Schema of the dataset."""
    found = msgspec.json.schema(Dataset)
    definitions = found["$defs"]
    definitions["Dataset"]["properties"]["$schema"] = {"type": "string"}
    for struct in (Fact, Platform, Dataset):
        _describe(definitions[struct.__name__], struct.__doc__ or "")
    return json.dumps({"$schema": _DIALECT, **found}, indent=1) + "\n"


def files(facts: Facts) -> dict[Path, str]:
    """Return the dataset and its schema: file -> its text."""
    return {FILE: as_text(dataset(facts)), SCHEMA_FILE: schema_as_text()}


def _describe(definition: dict[str, Any], documentation: str) -> None:
    """Move the attributes of a documentation string to the properties."""
    summary, _, attributes = documentation.partition("Attributes:")
    definition["description"] = summary.strip()
    definition["additionalProperties"] = False
    for name, text in re.findall(r"^        (\w+): (.+(?:\n            .+)*)", attributes, re.MULTILINE):
        definition["properties"][name]["description"] = " ".join(text.split())


def _platforms() -> list[Platform]:
    targets = [
        Platform(id=id_, name=_title(id_), is_target=True, page=f"targets/{id_}.md") for id_ in documented_targets()
    ]
    others = [
        Platform(id=one.id, name=one.name, is_target=False, page="platforms.md") for one in docs.read_not_covered()
    ]
    return [*targets, *others]


def _title(target: str) -> str:
    """The title of a target's page, without the ID that precedes it."""
    first = (DOCS / "targets" / f"{target}.md").read_text().partition("\n")[0]
    return first.removeprefix("# ").removeprefix(f"`{target}`: ")


def _documented(path: Path) -> Iterator[Fact]:
    for (target, topic), fact in docs.read(path).items():
        yield Fact(
            id=f"{target}/{topic}",
            platform=target,
            topic=topic,
            text=fact.text,
            items=list(fact.items),
            origin="documentation" if fact.source else "project",
            confidence=fact.confidence,
            sources=[url for url in (fact.source, fact.dispute_source) if url],
            checked_on=fact.checked_on.isoformat(),
            dispute=fact.dispute or None,
        )


def _not_covered(path: Path) -> Iterator[Fact]:
    for one in docs.read_not_covered(path):
        for topic, text in (("what_it_is", one.summary), ("not_a_target", one.reason)):
            found = _from_page(one.id, topic, "", text, one.source, one.checked_on.isoformat())
            # The reason is a judgement of this project about what the page says.
            yield msgspec.structs.replace(found, origin="project") if topic == "not_a_target" else found


def _abilities(path: Path) -> Iterator[Fact]:
    for one in docs.read_abilities(path):
        for target in one.targets:
            text = f"{one.name}: since {one.since}; in the templates: {one.use}"
            yield _from_page(target, "new_feature", one.name, text, one.source, one.checked_on.isoformat())


def _missing_in_regions() -> Iterator[Fact]:
    for one in read_regions().missing:
        for target in one.targets:
            if target != "workflow":
                text = f"{one.ability}: missing in {', '.join(one.regions)}"
                day = one.checked_on.isoformat()
                yield _from_page(target, "missing_in_regions", one.ability, text, one.source, day, one.regions)


def _from_page(
    platform: str, topic: str, name: str, text: str, source: str, day: str, items: Sequence[str] = ()
) -> Fact:
    return Fact(
        id=f"{platform}/{topic}.{_slug(name)}" if name else f"{platform}/{topic}",
        platform=platform,
        topic=topic,
        text=text,
        items=list(items),
        origin="documentation",
        confidence=CERTAIN,
        sources=[source],
        checked_on=day,
    )


def _computed(tables: Sequence[MatrixTable], documented: Sequence[Fact]) -> Iterator[Fact]:
    """The cells of the comparison that a template or a construct contains."""
    texts = {(fact.platform, fact.text) for fact in documented}
    for table in tables:
        for target, row in table.rows.items():
            for column, cell in zip(table.columns, row, strict=True):
                if _is_computed(cell) and (target, cell.text) not in texts:
                    topic = f"{table.id}.{_slug(column)}"
                    yield Fact(
                        id=f"{target}/{topic}",
                        platform=target,
                        topic=topic,
                        text=cell.text,
                        items=list(cell.entries),
                        origin="constructs" if cell.origin == "construct" else "templates",
                        confidence=CERTAIN,
                        sources=[cell.source] if cell.source else [],
                        checked_on=cell.checked_on or None,
                    )


def _is_computed(cell: Cell) -> bool:
    """Whether it is no measurement of a local run, and not unknown."""
    return cell.origin in ("template", "construct", "docs")


def _unverified(settled: Mapping[str, Sequence[Settlement]]) -> Iterator[Fact]:
    targets = documented_targets()
    for one in read_unverified(targets):
        if one.target in targets:
            runs = settled.get(one.id, ())
            confidence = _settled_confidence(runs) if runs else evidence_confidence(one)
            refuted = [f"refuted by a run: {run.record.place_and_date}" for run in runs if run.verdict == "refuted"]
            yield Fact(
                id=f"{one.target}/unverified.{one.id}",
                platform=one.target,
                topic="unverified",
                text=one.statement,
                origin="unverified statement",
                confidence=confidence,
                sources=_URL.findall(one.evidence),
                checked_on=max((run.record.evidence.date for run in runs), default=None),
                dispute=("; ".join(refuted) or one.evidence) if confidence == DISPUTED else None,
            )


def _settled_confidence(runs: Sequence[Settlement]) -> Confidence:
    return DISPUTED if any(run.verdict == "refuted" for run in runs) else CERTAIN


def evidence_confidence(statement: Statement) -> Confidence:
    """Return the confidence that the first words of the evidence for a statement state."""
    first = statement.evidence.lower()
    if first.startswith(("likely false", DOUBTFUL)):
        return DOUBTFUL
    if first.startswith(DISPUTED):
        return DISPUTED
    return LIKELY if first.startswith(LIKELY) else NOT_STATED


def _columns(tables: Sequence[MatrixTable]) -> Iterator[tuple[MatrixTable, str]]:
    for table in tables:
        yield from ((table, column) for column in table.columns)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")
