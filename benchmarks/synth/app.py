"""This project's app with SERVICES services: `python -m benchmarks.synth.app SERVICES OUTDIR`."""

import sys

import aws_cdk as cdk

import app as project


def main(services: int, outdir: str) -> None:
    """Write the app, and a copy of all its stacks for each further service."""
    app = project.new_app(outdir)
    project.add_stacks(app)
    for number in range(2, services + 1):
        project.add_stacks(cdk.Stage(app, f"Service{number}"))
    app.synth()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
