"""Split a shell command line into its programs without running it."""

import re
import shlex
from collections.abc import Iterator

_INNERMOST = re.compile(r"\$\(([^()]*)\)")
_OPERATORS = {"&&", "||", "|", ";"}


def programs(line: str) -> Iterator[list[str]]:
    """Yield the words of each program in a command line, command substitutions first; skip plain assignments."""
    while inner := _INNERMOST.search(line):
        yield from programs(inner[1])
        line = line.replace(inner[0], "SUBSTITUTED")
    words = shlex.shlex(line, posix=True, punctuation_chars="&|;")
    words.whitespace_split = True
    command: list[str] = []
    for word in [*words, ";"]:
        if word not in _OPERATORS:
            command.append(word)
            continue
        if program := _without_assignments(command):
            yield program
        command = []


def _without_assignments(words: list[str]) -> list[str]:
    while words and re.match(r"(sudo$|[A-Z_]+=)", words[0]):
        words = words[1:]
    return words
