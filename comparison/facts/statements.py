"""What AWS's pages say about each platform, each statement with its page and the day: `platforms.toml`."""

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployment.errors import ActionableError

_AWS = ("https://docs.aws.amazon.com/", "https://aws.amazon.com/", "https://github.com/aws/")
FILE = Path(__file__).with_name("platforms.toml")
TOPICS = {
    "closed": "who may not start with it",
    "speed": "how fast copies are added",
    "time_out": "how long a request may take, beside what the template sets",
    "body": "how large a request may be",
    "gpu": "whether a copy can have one",
    "architectures": "what an image may be built for",
    "built_for": "what it is built for here, where the template does not say",
    "rollout": "how a version takes over, where the template does not say",
    "goes_back": "what makes it go back, where the template does not say",
    "alarm": "whether an alarm watches, where the template has none",
    "separates": "what stands between a copy and others, where the template does not say",
    "density": "how many copies lie on a machine, where the template does not say",
    "machine_start": "how long a machine takes to start",
    "aws_patches": "what AWS patches",
    "you_patch": "what is left to you to patch",
    "open_ports": "what is open to whom, where the template does not say",
    "output": "where a copy's output goes, where the template does not say",
    "leaves": "what deleting leaves",
}


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement.

    Attributes:
        text: a few words.
        parts: the same as a list, where things are counted.
        source: address of AWS's page that says it, or would be the place for it.
        checked: the day on which somebody read it there.
    """

    text: str
    parts: tuple[str, ...]
    source: str
    checked: datetime.date


Statements = Mapping[tuple[str, str], Statement]


def read(path: Path = FILE) -> Statements:
    """Read (target, topic) -> statement.

    Raises:
        ActionableError: the file cannot be read, or says something twice, without a source or about an unknown topic.
    """
    try:
        entries = tomllib.loads(path.read_text())["statement"]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise ActionableError(f"{path} cannot be read", str(error), f"git checkout {path.name}") from None
    found: dict[tuple[str, str], Statement] = {}
    for number, entry in enumerate(entries, start=1):
        statement = _statement(path, number, entry)
        for target in entry["targets"]:
            if (target, entry["topic"]) in found:
                _fail(path, number, f"{entry['topic']} of {target} is stated twice", "keep one")
            found[target, entry["topic"]] = statement
    return found


def _statement(path: Path, number: int, entry: Mapping[str, Any]) -> Statement:
    if missing := {"topic", "targets", "source", "checked"} - entry.keys():
        _fail(path, number, f"it lacks {', '.join(sorted(missing))}", "every statement names its page and the day")
    if entry["topic"] not in TOPICS:
        _fail(path, number, f"topic is {entry['topic']!r}", f"allowed: {', '.join(TOPICS)}")
    if not entry["source"].startswith(_AWS):
        _fail(path, number, f"source is {entry['source']!r}", f"a page of AWS's: {', '.join(_AWS)}")
    if not isinstance(entry["checked"], datetime.date):
        _fail(path, number, f"checked is {entry['checked']!r}", "write a day, such as 2026-11-24")
    parts = tuple(entry.get("parts", ()))
    text = entry.get("text", ", ".join(parts))
    if not text:
        _fail(path, number, "it says nothing", "give it `text`, or `parts` where things are counted")
    return Statement(text=text, parts=parts, source=entry["source"], checked=entry["checked"])


def _fail(path: Path, number: int, cause: str, fix: str) -> None:
    raise ActionableError(f"statement {number} of {path.name} is wrong", cause, fix)
