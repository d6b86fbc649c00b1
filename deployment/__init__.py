"""Deploy an app to an environment and verify it.

`environment` is the protocol, `run` the order of the stages, `cdk` runs the CDK CLI, `contract_checks` has the checks of
the API contract, and `results` the outcome with its file.
"""
