"""Entry point of `python -m updates`."""

from updates.cli import main

main(prog_name="python -m updates")
