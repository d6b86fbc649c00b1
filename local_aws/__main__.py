"""`python -m local_aws`."""

from local_aws.cli import main

main(prog_name="python -m local_aws")
