"""What a construct's own file says: its first sentence, and how long it is. Read as text, never imported."""

import ast
from dataclasses import dataclass
from pathlib import Path

from local_aws.errors import LocalAwsError

FOLDER = Path(__file__).resolve().parent.parent / "microservice"


@dataclass(frozen=True)
class Construct:
    """One construct.

    Attributes:
        file: name of its file in `microservice/`.
        what: first line of its docstring: what it is and what you pay for.
        lines: lines of its file that are not blank.
    """

    name: str
    file: str
    what: str
    lines: int


def find(name: str, folder: Path = FOLDER) -> Construct:
    """Find a construct by its class name.

    Raises:
        LocalAwsError: no file of the folder defines it.
    """
    for path in sorted(folder.glob("*.py")):
        source = path.read_text()
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                what = (ast.get_docstring(node) or "").partition("\n")[0]
                lines = sum(bool(line.strip()) for line in source.splitlines())
                return Construct(name, path.name, what, lines)
    raise LocalAwsError(
        f"no construct is called {name}", f"looked in {folder}", "python -m local_aws run: cdk.out is older"
    )
