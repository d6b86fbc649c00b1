"""The environment on this computer: deploy the project's templates to an AWS emulator, and run them."""
