"""Text that identifies an account, and must not be in evidence: found, or replaced."""

from __future__ import annotations

import re

FORBIDDEN = {
    "a UUID": re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE),
    "an account ID": re.compile(r"(?<!\d)\d{12}(?!\d)"),
    "an ARN": re.compile(r"\barn:"),
    "a URL": re.compile(r"\w://"),
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE),
    "a host name": re.compile(r"\b[\w-]+(\.[\w-]+)*\.(com|net|org|io|aws|cn|localhost|internal)\b", re.IGNORECASE),
    "an IP address": re.compile(r"(?<![\d.])\d{1,3}(\.\d{1,3}){3}(?![\d.])"),
    "an IPv6 address": re.compile(r"(?<![\w:])([0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE),
    "a resource ID": re.compile(r"\b[a-z]{1,9}-[0-9a-f]{8}([0-9a-f]{9})?\b"),
    "an access key": re.compile(r"\b(AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}"),
    "a token": re.compile(r"[A-Za-z0-9+/=_]{32,}"),
}
"""Text that evidence must not contain -> its form."""
# These take the whole word, of which `FORBIDDEN` recognises a part.
_REPLACED = {
    "an ARN": re.compile(r"\barn:[^\s\"')]*"),
    "a URL": re.compile(r"\w+://[^\s\"')]*"),
    "a UUID": FORBIDDEN["a UUID"],
    "an account ID": re.compile(r"\d{12,}|(?<!\d)\d{4}-\d{4}-\d{4}(?!\d)"),
}


def find(text: str) -> tuple[str, str] | None:
    """Return what a text contains that it must not, and that part of it; None if there is nothing."""
    return next(((what, found[0]) for what, form in FORBIDDEN.items() if (found := form.search(text))), None)


def redacted(text: str, max_length: int) -> str:
    """Return a text on one line, in which "[an account ID]" and the like stand for what must not be published.

    Args:
        text: any text, such as a message of AWS.
        max_length: longer texts are cut between two words.
    """
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    for what, form in _REPLACED.items():
        text = form.sub(f"[{what}]", text)
    while found := find(text):
        what, part = found
        text = text.replace(part, f"[{what}]")
    if len(text) <= max_length:
        return text
    # Between two words, because a part of a word may be of a form that the whole word is not.
    shorter = text[: max_length - 1].rpartition(" ")[0]
    return f"{shorter}…" if shorter else "[a long text]"
