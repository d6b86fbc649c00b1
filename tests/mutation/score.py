"""The recorded score of each set: `score.json`, and the table of docs/reliability.md."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tests.mutation.run import Score

FILE = Path(__file__).with_name("score.json")


def read_scores(file: Path = FILE) -> dict[str, Score]:
    """Return name -> recorded score; empty if there is no record."""
    return msgspec.json.decode(file.read_bytes(), type=dict[str, Score]) if file.exists() else {}


def write_scores(scores: Mapping[str, Score], file: Path = FILE) -> None:
    """Record the scores."""
    file.write_bytes(msgspec.json.format(msgspec.json.encode(scores, order="sorted"), indent=2) + b"\n")


def as_markdown(scores: Sequence[Score]) -> str:
    """Return the table, and the names of the survivors."""
    rows = [f"| {score.name} | {score.mutants} | {score.killed} | {score.percent} % |" for score in scores]
    survivors = [f"* `{survivor}`" for score in scores for survivor in score.survivors]
    lines = ["| set | mutants | killed | score |", "| --- | ---: | ---: | ---: |", *rows]
    return "\n".join([*lines, *(["", "Survivors:", "", *survivors] if survivors else [])])
