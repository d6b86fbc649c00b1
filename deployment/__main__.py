"""`python -m deployment`."""

from deployment.cli import main

main(prog_name="python -m deployment")
