"""The few signs and number formats that every part of the screen shares."""

from rich.text import Text

from deployment.results import Outcome

INDENT = 2
NOTHING = "–"
_MARKS = {
    Outcome.PASSED: ("✔", "green"),
    Outcome.FAILED: ("✘", "bold red"),
    Outcome.NOT_RUN: (NOTHING, "dim"),
}


def mark(outcome: Outcome) -> Text:
    """Return ✔, ✘ or – in its colour."""
    sign, style = _MARKS[outcome]
    return Text(sign, style)


def seconds(value: float | None) -> str:
    """Return "0.4s", "11.8s" or "71s"; nothing for None."""
    if value is None:
        return ""
    return f"{value:.1f}s" if value < 60 else f"{value:.0f}s"


def milliseconds(value: float | None) -> str:
    """Return "4.2 ms", "14 ms" or "2.3 s"; nothing for None."""
    if value is None:
        return ""
    if value >= 1000:
        return f"{value / 1000:.1f} s"
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"


def mebibytes(value: float | None) -> str:
    """Return "58 MiB"; nothing for None."""
    return "" if value is None else f"{value:.0f} MiB"


def plural(count: int, noun: str) -> str:
    """Return "1 stack" or "7 stacks"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
