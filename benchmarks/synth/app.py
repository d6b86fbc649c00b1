"""This project's app with SERVICES services: `python -m benchmarks.synth.app SERVICES OUTDIR [STACK ...]`.

Stacks are names of target stacks' classes; without any, those that `app.js` has as well.
"""

import sys
from types import SimpleNamespace

import aws_cdk as cdk

import app as project

PORTED = ("FargateStack", "ManagedInstancesStack", "ExpressStack", "LambdaStack")


def target_stacks() -> list[str]:
    """Names of the classes of all target stacks, in the order in which the app imports them."""
    return [name for name, found in vars(project).items() if _is_target(name, found)]


def keep(names: tuple[str, ...]) -> None:
    """Leave all other targets out of the app."""
    for name in set(target_stacks()) - set(names):
        setattr(project, name, lambda *_, **__: SimpleNamespace(add_stack_dependency=lambda _: None))


def _is_target(name: str, found: object) -> bool:
    taken = getattr(getattr(found, "__init__", None), "__annotations__", {})
    return name.endswith("Stack") and {"synthesizer", "token"} <= taken.keys()


def main(services: int, outdir: str, names: tuple[str, ...]) -> None:
    """Write the app, and a copy of all its stacks for each further service."""
    keep(names)
    app = project.new_app(outdir)
    project.add_stacks(app)
    for number in range(2, services + 1):
        project.add_stacks(cdk.Stage(app, f"Service{number}"))
    app.synth()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], tuple(sys.argv[3:]) or PORTED)
