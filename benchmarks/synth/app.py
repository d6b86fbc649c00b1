"""This project's app with several services: `python -m benchmarks.synth.app SERVICES OUTDIR [STACK ...]`.

Each STACK is the class name of a target stack to leave out. Default: all targets of `app.py`.
"""

import sys
import tempfile
from unittest.mock import Mock

import aws_cdk as cdk

import app as project


def target_stacks() -> list[str]:
    """Return the class names of all target stacks, in the order of the app."""
    with tempfile.TemporaryDirectory() as directory:
        app = project.new_app(directory)
        project.add_stacks(app)
        found = [construct for construct in app.node.find_all() if _is_target(construct)]
        return list(dict.fromkeys(type(cdk.Stack.of(construct)).__name__ for construct in found))


def _is_target(construct: object) -> bool:
    return any(entry.type == "microservice:target" for entry in construct.node.metadata)  # type: ignore[attr-defined]


def main(services: int, outdir: str, omitted: list[str]) -> None:
    """Synthesise the app, with one stage per further service."""
    for name in omitted:
        # Accepts everything that the app does with a stack.
        setattr(project, name, Mock())
    app = project.new_app(outdir)
    project.add_stacks(app)
    for number in range(2, services + 1):
        project.add_stacks(cdk.Stage(app, f"Service{number}"))
    app.synth()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
