"""The project's templates, deployed and run on this machine: ``python -m local_aws --help``."""
