"""What can be said, as every form takes it apart: what it is about -> the words, letter by letter."""

from collections.abc import Iterable, Sequence

FOLLOWED = "supported"
# Such as ("matrix", "limits", "lambda", "time-out") and ("month", "lambda", "idle").
Said = dict[tuple[str, ...], str]


def answer(question: str, headline: str, sentence: str, assumes: str) -> Said:
    return {
        ("answer", question, "headline"): headline,
        ("answer", question, "sentence"): sentence,
        ("answer", question, "assumes"): assumes,
    }


def month(target: str, usd: str, idle: str, copies: str) -> Said:
    return {("month", target, "load"): usd, ("month", target, "idle"): idle, ("month", target, "copies"): copies}


def parts(target: str, resources: object, template: object, code: object) -> Said:
    return {
        ("parts", target, "resources"): str(resources),
        ("parts", target, "template"): str(template),
        ("parts", target, "code"): str(code),
    }


def run(target: str, outcome: str, p50: str, memory: str) -> Said:
    return {("run", target, "outcome"): outcome, ("run", target, "p50"): p50, ("run", target, "memory"): memory}


def matrix(table: str, target: str, columns: Sequence[str], cells: Sequence[str]) -> Said:
    return {("matrix", table, target, column): plain(cell) for column, cell in zip(columns, cells, strict=True)}


def thresholds(sentence: str) -> Said:
    return {("thresholds",): sentence}


def sizes(target: str, names: Sequence[str], usd: Sequence[str]) -> Said:
    return {("size", target, name): each for name, each in zip(names, usd, strict=True)}


def load(inputs: Iterable[Sequence[str]]) -> Said:
    return {("input", text): value for text, value in inputs}


def assumed(lines: Iterable[str], whole: str) -> Said:
    """What is assumed, and how often it stands in the whole of a form, which has it once."""
    return {("assumed", line): f"{whole.count(line)} ×" for line in lines}


def plain(text: str) -> str:
    """Names in backticks are set as code where there is code."""
    return text.replace("`", "")
