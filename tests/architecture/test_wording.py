"""Prose uses the terms of AWS, Kubernetes, Docker and Python, and none of the private terms that they replaced."""

import io
import re
import token as token_types
import tokenize
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT


@dataclass(frozen=True)
class Banned:
    """An expression, the words to use instead, and phrases in which the expression has another meaning."""

    pattern: str
    use: str
    allowed: str = r"(?!)"


BANNED = (
    Banned(r"\b(go|goes|going|went|gone) back\b", "roll back, return"),
    Banned(r"\b(take|takes|taking|took|taken|put|puts|putting) (\w+ ){0,4}back\b", "roll back, restore"),
    Banned(r"\b(hand|hands|handed|handing) (\w+ ){0,4}back\b", "return, expose"),
    Banned(
        r"\b(is|are|was|were|be|been|get|gets|getting|not|stays?|becomes?) well\b(?!-)",
        "healthy, unhealthy, health check",
        allowed=r"\b(is|are|be) well (known|formed|documented|kept)\b",
    ),
    Banned(
        r"\b(one|two|three|\d+|each|every|per|more|fewer|another|new|old|idle|running|of) cop(y|ies)\b",
        "replica; task, pod or instance for one platform",
        allowed=r"\bcop(y|ies) of (the|a|an|this|that|its|their|AWS's|every|each) ",
    ),
    Banned(r"\bcop(y|ies) (under load|of the service|that (always )?runs?)\b", "replica; task, pod or instance"),
    Banned(
        r"\bmachines?\b",
        "instance, virtual machine; `your machine` is the reader's computer",
        allowed=r"\b(state|virtual)[- ]machines?\b"
        r"|\b(this|your|reader's|developer's|local|host|same|every|any|another|one) machines?\b"
        r"|\bmachine[- ](readable|learning|code)\b|\bmachine's (clock|time)\b"
        r"|\bmachine: the machine\b|\bthe machine that the run\b",
    ),
    Banned(
        r"\bwhat (it|they|a \w+|the \w+) stands? (on|upon)\b|\bthat (it|they|a target) stands? (on|upon)\b",
        "dependencies, shared infrastructure",
    ),
    Banned(r"\bsurroundings\b", "dependencies, shared infrastructure, context"),
    Banned(
        r"\bto zero\b",
        "scales to zero",
        allowed=r"\bscal(e|es|ed|ing)( \w+){0,3} to zero\b|\b(set|sets|reset|equal|compared|close|down) to zero\b",
    ),
    Banned(r"\b(copy|instance|task|pod|replica) more for\b", "scaling metric"),
    Banned(
        r"\b(a|the|no|its|their|every|each|only) ways? in\b(?! (which|the|a|an|this|that|\d))",
        "public endpoint, ingress",
    ),
    Banned(r"\b(a|no|its|the|without) way out\b", "route to the internet, egress, migration"),
    Banned(r"\bdoors?\b", "ingress, public endpoint, load balancer"),
    Banned(r"\bentrances?\b", "ingress, public endpoint"),
    Banned(r"\b(share of the )?dearest\b", "relative cost, most expensive"),
    Banned(r"\bcrossings?\b|\bchange places\b|\bchanges? of place\b", "break-even point"),
    Banned(
        r"\banswer(s|ed|ing)\b|\bfirst answer\b",
        "response, respond; `passed` for an outcome",
        # The comparison page answers three questions.
        allowed=r"\banswers:|^answers ?$|\bquestions and answers\b",
    ),
    Banned(r"\bcures?\b", "fix"),
    Banned(r"[\"']why[\"']|\b(the|a) why\b|^\s*why  |\|\s*why\s*\|", "cause"),
    Banned(r"\bstand-?ins?\b", "emulated service, emulated by this project"),
    Banned(r"\bharm(s|ed|ing|ful)?\b|\bkills? one of each\b", "fault injection, break"),
    Banned(r"\bfor so long\b", "for that duration"),
    Banned(r"\b(nobody|somebody|anybody|everybody|whoever|whomever)\b", "you, the caller, the operator, AWS, no user"),
    Banned(r"(^|[.:;|] )Who (?!.*\?)", "If you …; name the reader, the caller or the operator"),
    Banned(
        r"\brefus(e|es|ed|al|als|ing)\b",
        "reject, rejected, unsupported",
        allowed=r"\bconnections? (is |was |were )?refused\b|\brefused (the |a )?connections?\b",
    ),
    Banned(
        r"\b(can|could|cannot|not) carry\b|\btemplates? carr(y|ies)\b", "supports, unsupported, maximum of the template"
    ),
    Banned(r"\bthe most that\b", "the maximum of the template (`max_instances`)"),
    Banned(r"\bmay knock\b|\bnought\b|\bis to hear\b|\bthey lie on\b", "plain technical English"),
)
# This list quotes the expressions.
SELF = Path(__file__).resolve().relative_to(ROOT).as_posix()
SUFFIXES = {".guard", ".html", ".jinja", ".js", ".md", ".py", ".sh", ".toml", ".txt", ".yml"}
NAMES = {"Dockerfile", "Makefile"}
IGNORED = {
    ".git",
    ".venv",
    ".uv",
    "build",
    "cdk.out",
    "node_modules",
    "__pycache__",
    "__snapshots__",
    "snapshots",
    "snapshot",
}
_COMBINED = re.compile("|".join(f"(?:{entry.pattern})" for entry in BANNED), re.IGNORECASE | re.MULTILINE)
_GENERATED = re.compile(r"<!-- ([\w-]+) -->.*?<!-- /\1 -->", re.DOTALL)
# Construct paths and URLs.
_PATH = r"[\w.]+/[\w./]+"
_CODE_SPAN = re.compile(r"`[^`\n]+`")
_JINJA_EXPRESSION = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
_JAVASCRIPT_PROSE = re.compile(r"//[^\n]*|/\*.*?\*/|\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`", re.DOTALL)
_CONSTRUCT_ID = re.compile(r"[\"'][A-Z][A-Za-z0-9]*[\"']")
_STRING_TYPES = {token_types.STRING, getattr(token_types, "FSTRING_MIDDLE", token_types.STRING)}


def files() -> Iterator[Path]:
    """Files with prose: pages, code, templates of the comparison page and configuration."""
    pending = [ROOT]
    while pending:
        for path in sorted(pending.pop().iterdir()):
            name = path.relative_to(ROOT).as_posix()
            if name == SELF or path.name in IGNORED or path.name.startswith(".venv"):
                continue
            if path.is_dir() and not path.is_symlink():
                pending.append(path)
            elif path.suffix in SUFFIXES or path.name in NAMES:
                yield path


def findings(name: str, text: str) -> Iterator[str]:
    """Yield file, line, expression and replacement for each banned expression in a text."""
    for starts, numbers, block in _blocks(_prose(name, text)):
        found_in_block = []
        for entry in BANNED:
            # Sentences that start with `Who` are the one expression whose case matters.
            flags = re.MULTILINE if "Who" in entry.pattern else re.MULTILINE | re.IGNORECASE
            patterns = (entry.allowed, _PATH)
            allowed = [found.span() for pattern in patterns for found in re.finditer(pattern, block, flags)]
            for found in re.finditer(entry.pattern, block, flags):
                if not any(start < found.end() and found.start() < end for start, end in allowed):
                    number = numbers[bisect_right(starts, found.start()) - 1]
                    found_in_block.append((number, f'{name}:{number}: "{found[0].strip()}": write "{entry.use}"'))
        yield from (finding for _, finding in sorted(found_in_block))


def _blocks(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[list[int], list[int], str]]:
    """Join wrapped lines: start and number of each line, and the text, in which expressions span line ends."""
    starts: list[int] = []
    numbers: list[int] = []
    block = ""
    for number, line in lines:
        content = line.strip().strip("\"'#").strip()
        continues = numbers and number == numbers[-1] + 1 and content and not re.match(r"[-*|>]|\d+\.", content)
        if block and not continues:
            if _COMBINED.search(block):
                yield starts, numbers, block
            starts, numbers, block = [], [], ""
        starts.append(len(block))
        numbers.append(number)
        block += f"{content} "
    if _COMBINED.search(block):
        yield starts, numbers, block


def _prose(name: str, text: str) -> Iterator[tuple[int, str]]:
    """Lines of a text; of source code, only comments, names of tests, and strings that are not part of a template."""
    if name.endswith(".py"):
        yield from _python_prose(text)
        return
    if name.endswith(".js"):
        for found in _JAVASCRIPT_PROSE.finditer(text):
            yield from enumerate(found[0].splitlines(), text.count("\n", 0, found.start()) + 1)
        return
    if name.endswith(".jinja"):
        text = _without(_JINJA_EXPRESSION, text)
    if name.endswith(".md"):
        # The code that writes the generated parts is checked instead.
        text = _without(_GENERATED, text)
    if name == "CHANGELOG.md":
        # It names what was renamed.
        text = _without(_CODE_SPAN, text)
    yield from enumerate(text.splitlines(), 1)


def _without(pattern: re.Pattern[str], text: str) -> str:
    """Remove matches and keep the line numbers."""
    return pattern.sub(lambda found: "\n" * found[0].count("\n"), text)


def _python_prose(source: str) -> Iterator[tuple[int, str]]:
    previous = None
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != previous:
            # A comment does not continue in a string.
            yield 0, ""
        if token.type == token_types.COMMENT:
            yield token.start[0], token.string
        elif token.type == token_types.NAME and token.string.startswith("test_"):
            yield token.start[0], token.string.replace("_", " ")
        elif token.type in _STRING_TYPES and not _is_interface(token.string):
            yield from enumerate(token.string.splitlines(), token.start[0])
        if token.type not in {token_types.NEWLINE, token_types.NL}:
            previous = token.type


def _is_interface(literal: str) -> bool:
    """Whether a string is a construct id or a text in a template: a change would replace or update resources."""
    return bool(_CONSTRUCT_ID.fullmatch(literal)) or _in_a_template(literal)


def _in_a_template(literal: str) -> bool:
    """Whether a template contains this text, apart from what an f-string inserts."""
    body = re.sub(r"^[rbfuRBFU]*(\"\"\"|'''|\"|')|(\"\"\"|'''|\"|')$", "", literal)
    parts = [part.strip() for part in re.split(r"\{[^}]*\}", body)]
    longest = max(parts, key=len, default="")
    return " " in longest and len(longest) > 15 and longest in _templates()


@cache
def _templates() -> str:
    """All template snapshots, with the escapes of JSON removed."""
    found = [path for folder in ("snapshot", "snapshots") for path in sorted((ROOT / "tests" / folder).rglob("*.json"))]
    return "\n".join(path.read_text() for path in found).replace('\\"', '"').replace("\\n", "\n")


def test_prose_uses_standard_terms() -> None:
    found = [finding for path in files() for finding in findings(path.relative_to(ROOT).as_posix(), path.read_text())]
    assert not found, f"{len(found)} expressions to replace:\n" + "\n".join(found)


def test_docstrings_begin_with_a_noun_or_an_imperative() -> None:
    """ "What runs the service" is a riddle; "The replicas of a service" is not."""
    relative = re.compile(r'^\s*"""((?:What|Who|Whom|How|Where|Which) .*)', re.MULTILINE)
    code = [path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] != "tests"]
    assert len(code) > 100
    found = [f"{path.relative_to(ROOT)}: {line}" for path in code for line in relative.findall(path.read_text())]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "sentence",
    [
        "The service goes back by itself.",
        "Kubernetes puts the old version back.",
        "A target hands back its role.",
        "Whether it is well is asked every ten seconds.",
        "Costs of two copies.",
        "Each machine has one container.",
        "All that a target stands on.",
        "| target | to zero |",
        "There is no way in.",
        "The front door is private.",
        "Its share of the dearest.",
        "The service answers with 200.",
        "The cure is in the message.",
        "Run by a stand-in of ours.",
        "It harms one target.",
        "The old tasks stay for so long.",
        "Nobody has access.",
        "Who owns a domain passes it.",
        "The service goes\nback by itself.",
        "The construct refuses the value.",
        "The most that a template carries.",
    ],
)
def test_a_private_term_is_found(sentence: str) -> None:
    assert list(findings("docs/page.md", sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "Copy a construct, then copy the folder as well.",
        "A well-kept library is well known.",
        "The state machine starts virtual machines; the emulator runs on your machine.",
        "Lambda scales to zero, and the metric was set to zero.",
        "This is one way in which an update fails.",
        "Connection refused: the client refused the connection.",
        "Each copy of the folder has its own name.",
        "The answer depends on your load.",
        "Who pays for this?",
        "It waits as long as the timeout says.",
        "The emulator runs on your\nmachine.",
    ],
)
def test_another_meaning_is_allowed(sentence: str) -> None:
    assert list(findings("docs/page.md", sentence)) == []


def test_python_names_are_not_prose() -> None:
    source = 'entrance = refused(door)  # the way in\n"""A front door."""\n'
    assert list(findings("stacks/a.py", source)) == [
        'stacks/a.py:1: "the way in": write "public endpoint, ingress"',
        'stacks/a.py:2: "door": write "ingress, public endpoint, load balancer"',
    ]


def test_code_in_javascript_and_jinja_is_not_prose() -> None:
    assert list(findings("page.js", "const answers = door(machine); // counts answers")) == [
        'page.js:1: "answers": write "response, respond; `passed` for an outcome"'
    ]
    assert list(findings("page.html.jinja", "<p>{{ costs.answers }}</p>{% for door in doors %}")) == []


def test_texts_of_templates_and_construct_ids_are_an_interface() -> None:
    text = _templates()
    description = re.findall(r'"(?:Alarm)?Description": "([^"]{30,})"', text)[0]
    assert _is_interface(f'"{description}"')
    assert _is_interface('"Machines"')
    assert not _is_interface('"A front door that no template has"')
