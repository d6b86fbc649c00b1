"""Deploy an app to an environment and verify it.

`environment` is the protocol, `run` has the order of the stages, `cdk` runs the CDK CLI, `contract_checks` holds the
checks of the API contract, and `results` the outcome and its file.
"""
