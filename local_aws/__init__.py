"""The environment on this machine: deploy the project's templates to an AWS emulator, and run them."""
