"""Entry point of `python -m vendoring`."""

from vendoring.cli import main

main(prog_name="python -m vendoring")
