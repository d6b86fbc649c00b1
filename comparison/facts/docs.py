"""Facts from AWS's documentation, each with its page and the day on which it was read: `platforms.toml`."""

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NoReturn

from deployment.errors import ActionableError

FILE = Path(__file__).with_name("platforms.toml")
_AWS = ("https://docs.aws.amazon.com/", "https://aws.amazon.com/", "https://github.com/aws/")
TOPICS = {
    "closed_to_new_customers": "since when AWS accepts no new customers",
    "scaling_speed": "how fast replicas are added",
    "request_timeout": "maximum duration of a request, in addition to what the template sets",
    "request_body": "maximum size of a request",
    "gpu": "whether a replica can have a GPU",
    "supported_architectures": "processor architectures that the platform supports",
    "architecture": "the architecture here, where the template does not set it",
    "deployment_strategy": "how a new version is deployed, where the template does not set it",
    "rollback": "what triggers an automatic rollback, where the template does not set it",
    "alarm": "whether an alarm monitors the service, where the template has none",
    "isolation": "the boundary between replicas, where the template does not set it",
    "density": "replicas per instance, where the template does not set it",
    "instance_startup": "how long an instance takes to start",
    "aws_patches": "what AWS patches",
    "you_patch": "what is left for you to patch",
    "open_ports": "open ports, where the template does not set them",
    "log_destination": "where the service's log goes, where the template does not set it",
    "left_behind": "what remains after the stack is deleted",
    "local_execution": "what executes the target in the local run; says nothing about AWS and has no source",
}
_WITHOUT_SOURCE = ("local_execution",)
Confidence = Literal["certain", "likely", "doubtful", "disputed", "not stated"]
CERTAIN: Final = "certain"
LIKELY: Final = "likely"
DOUBTFUL: Final = "doubtful"
DISPUTED: Final = "disputed"
NOT_STATED: Final = "not stated"
CONFIDENCE: Mapping[Confidence, str] = {
    CERTAIN: "AWS's documentation states it, the templates of this project contain it, or a run on AWS proved it",
    LIKELY: "an issue on AWS's GitHub is the source, or the evidence speaks for it",
    DOUBTFUL: "the evidence speaks against it",
    DISPUTED: "sources contradict each other, or a run on AWS refuted it",
    NOT_STATED: "AWS's documentation does not say, or there is no evidence for or against it",
}
"""Confidence -> its meaning."""
_ISSUES = "https://github.com/"
_SILENT = ("AWS does not say", "nothing documented")


@dataclass(frozen=True, kw_only=True)
class DocumentedFact:
    """One fact.

    Attributes:
        text: a few words.
        items: the same as a list, where items are counted.
        source: URL of the AWS page that states it, or where it would be stated; "" for facts about this project.
        checked_on: the day on which that page was read.
        confidence: a key of `CONFIDENCE`.
        dispute: what contradicts it; "" for nothing.
        dispute_source: URL that says so; "" for none.
    """

    text: str
    items: tuple[str, ...]
    source: str
    checked_on: datetime.date
    confidence: Confidence = CERTAIN
    dispute: str = ""
    dispute_source: str = ""


@dataclass(frozen=True, kw_only=True)
class UncoveredPlatform:
    """A platform on which AWS runs containers and this project does not.

    Attributes:
        id: ID in kebab case, for other programs.
        name: AWS's name.
        summary: what it is.
        reason: why it is not a target here.
        source: URL of its AWS page.
        checked_on: the day on which that page was read.
    """

    id: str
    name: str
    summary: str
    reason: str
    source: str
    checked_on: datetime.date


@dataclass(frozen=True, kw_only=True)
class NewAbility:
    """A feature that AWS added to a platform after the first templates of this project.

    Attributes:
        name: AWS's name, or a few words.
        targets: ids of the targets whose platform has it.
        since: the day on which AWS announced it; a text where that day was not confirmed.
        use: whether the templates use it, and the reason if they do not.
        source: URL of the AWS page that describes it.
        checked_on: the day on which that page was read.
    """

    name: str
    targets: tuple[str, ...]
    since: str
    use: str
    source: str
    checked_on: datetime.date


DocumentedFacts = Mapping[tuple[str, str], DocumentedFact]


def read(path: Path = FILE) -> DocumentedFacts:
    """Read (target, topic) -> fact.

    Raises:
        ActionableError: the file is invalid, or a fact is a duplicate, has no source or an unknown topic.
    """
    found: dict[tuple[str, str], DocumentedFact] = {}
    for number, entry in enumerate(_entries(path, "fact"), start=1):
        _check(path, f"fact {number}", entry, {"topic", "targets"})
        fact = _fact(path, number, entry)
        for target in entry["targets"]:
            if (target, entry["topic"]) in found:
                _fail(path, f"fact {number}", f"{entry['topic']} of {target} is a duplicate", "keep one")
            found[target, entry["topic"]] = fact
    return found


def read_not_covered(path: Path = FILE) -> tuple[UncoveredPlatform, ...]:
    """Read the platforms that this project does not cover.

    Raises:
        ActionableError: the file is invalid, or an entry lacks a field.
    """
    entries = _entries(path, "not_covered")
    for number, entry in enumerate(entries, start=1):
        _check(path, f"platform {number}", entry, {"id", "name", "summary", "reason"})
    return tuple(UncoveredPlatform(**entry) for entry in entries)


def read_abilities(path: Path = FILE) -> tuple[NewAbility, ...]:
    """Read the features that AWS added.

    Raises:
        ActionableError: the file is invalid, or an entry lacks a field.
    """
    entries = _entries(path, "ability")
    for number, entry in enumerate(entries, start=1):
        _check(path, f"ability {number}", entry, {"name", "targets", "since", "use"})
    return tuple(NewAbility(**entry | {"targets": tuple(entry["targets"])}) for entry in entries)


def _entries(path: Path, table: str) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = tomllib.loads(path.read_text())[table]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise ActionableError(f"{path} cannot be read", str(error), f"git checkout {path.name}") from None
    return found


def _fact(path: Path, number: int, entry: Mapping[str, Any]) -> DocumentedFact:
    if entry["topic"] not in TOPICS:
        _fail(path, f"fact {number}", f"topic is {entry['topic']!r}", f"allowed: {', '.join(TOPICS)}")
    items = tuple(entry.get("items", ()))
    text = entry.get("text", ", ".join(items))
    if not text:
        _fail(path, f"fact {number}", "it has no text", "set `text`, or `items` where items are counted")
    return DocumentedFact(
        text=text,
        items=items,
        source=entry.get("source", ""),
        checked_on=entry["checked_on"],
        confidence=_confidence(path, number, entry, text),
        dispute=entry.get("dispute", ""),
        dispute_source=entry.get("dispute_source", ""),
    )


def _confidence(path: Path, number: int, entry: Mapping[str, Any], text: str) -> Confidence:
    """The stated confidence; without one, that of the source."""
    source = entry.get("source", "")
    derived = NOT_STATED if text.startswith(_SILENT) else LIKELY if source.startswith(_ISSUES) else CERTAIN
    stated = entry.get("confidence", derived)
    found = next((level for level in CONFIDENCE if level == stated), None)
    if found is None:
        _fail(path, f"fact {number}", f"confidence is {stated!r}", f"allowed: {', '.join(CONFIDENCE)}")
    if (found == DISPUTED) != bool(entry.get("dispute") and entry.get("dispute_source")):
        cause = f"confidence is {found!r}, and it has {'no' if found == DISPUTED else 'a'} dispute with a source"
        _fail(path, f"fact {number}", cause, 'write `dispute` and `dispute_source`, and confidence = "disputed"')
    return found


def _check(path: Path, where: str, entry: Mapping[str, Any], required: set[str]) -> None:
    required = required | {"checked_on"} | (set() if entry.get("topic") in _WITHOUT_SOURCE else {"source"})
    if missing := required - entry.keys():
        _fail(path, where, f"it lacks {', '.join(sorted(missing))}", "every entry has a source and the day it was read")
    if not entry.get("source", _AWS[0]).startswith(_AWS):
        _fail(path, where, f"source is {entry['source']!r}", f"use a page of AWS: {', '.join(_AWS)}")
    if not isinstance(entry["checked_on"], datetime.date):
        _fail(path, where, f"checked_on is {entry['checked_on']!r}", "write a date, such as 2026-11-24")


def _fail(path: Path, where: str, cause: str, fix: str) -> NoReturn:
    raise ActionableError(f"{where} of {path.name} is invalid", cause, fix)
