"""What constructs and the spec say about themselves: read as text, never imported."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from deployment.errors import ActionableError

FOLDER = Path(__file__).resolve().parent.parent / "microservice"
_STARTS = ("It makes", "It leaves to you", "Choose it", "Do not choose it")


@dataclass(frozen=True)
class Construct:
    """One construct.

    Attributes:
        file: name of its file in `microservice/`.
        what: first line of its docstring: what it is and what you pay for.
        lines: lines of its file that are not blank.
        paragraphs: what it makes, what it leaves to you, when to choose it and when not, as far as it says so.
        options: names of the arguments that can be left out.
    """

    name: str
    file: str
    what: str
    lines: int
    paragraphs: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class SpecField:
    """One field of what a service needs.

    Attributes:
        default: as written; "" where the field has none.
        meaning: the first sentence of its documentation.
    """

    name: str
    default: str
    meaning: str


def find(name: str, folder: Path = FOLDER) -> Construct:
    """Find a construct by its class name.

    Raises:
        ActionableError: no file of the folder defines it.
    """
    for path in sorted(folder.glob("*.py")):
        source = path.read_text()
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                what, _, rest = (ast.get_docstring(node) or "").partition("\n")
                lines = sum(bool(line.strip()) for line in source.splitlines())
                return Construct(name, path.name, what, lines, _paragraphs(rest), _options(node))
    raise ActionableError(
        f"no construct is called {name}", f"looked in {folder}", "python -m local_aws run: cdk.out is older"
    )


def spec_fields(folder: Path = FOLDER) -> tuple[SpecField, ...]:
    """Return the fields of `ServiceSpec`, in their order.

    Raises:
        ActionableError: there is no such class.
    """
    file = folder / "spec.py"
    body = ast.parse(file.read_text()).body if file.exists() else []
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name == "ServiceSpec":
            meanings = _meanings(ast.get_docstring(node) or "")
            return tuple(_field(each, meanings) for each in node.body if isinstance(each, ast.AnnAssign))
    raise ActionableError(f"{file} has no ServiceSpec", "it says what a service needs", "put it back")


def _options(node: ast.ClassDef) -> tuple[str, ...]:
    makes = [each.args for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
    return tuple(
        argument.arg
        for found in makes
        for argument, default in zip(found.kwonlyargs, found.kw_defaults, strict=True)
        if default is not None
    )


def _field(node: ast.AnnAssign, meanings: dict[str, str]) -> SpecField:
    name = ast.unparse(node.target)
    default = ast.unparse(node.value) if node.value else ""
    return SpecField(name, "{}" if "default_factory=dict" in default else default, meanings.get(name, ""))


def _meanings(docstring: str) -> dict[str, str]:
    """Attribute -> the first sentence of its documentation."""
    _, _, attributes = docstring.partition("Attributes:")
    found = re.findall(r"^    (\w+): (.+?)(?=\n    \w|\n\n|\Z)", attributes, re.MULTILINE | re.DOTALL)
    return {name: re.split(r"(?<=\.)\s", " ".join(text.split()))[0] for name, text in found}


def _paragraphs(docstring: str) -> tuple[str, ...]:
    body = docstring.partition("Attributes:")[0]
    starts = "|".join(_STARTS)
    parts = re.split(rf"^(?=(?:{starts})\b)", body, flags=re.MULTILINE)
    return tuple(" ".join(part.split()) for part in parts if part.strip())
